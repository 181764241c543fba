import { systemClock } from '@posthorn/runtime';
import { byOf } from '../admin-access.ts';
import { CliError } from '../cli-error.ts';
import { channelOf, withFleet } from '../fleet-access.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';

export interface RecoverOptions {
  readonly since: string;
  readonly channel?: string;
  readonly apply: boolean;
  readonly by?: string;
  readonly json: boolean;
}

/**
 * `posthorn recover`: after an older copy of Redis was restored, holds what was waiting in it, for it may have gone out since.
 * Without `--apply` it only counts. Repeated, it finds nothing more.
 */
export async function recover(terminal: Terminal, options: RecoverOptions): Promise<void> {
  const atMs = readTime(options.since, systemClock.now());
  const by = byOf(options);
  const found = await withFleet(terminal, async (parts) => {
    const channels = options.channel === undefined ? parts.registry.list() : [channelOf(parts, options.channel)];
    const rows: { readonly channelId: string; readonly messages: number }[] = [];
    for (const channel of channels) {
      const { held } = await parts.ledger.recover(channel, { atMs, dryRun: !options.apply, by });
      rows.push({ channelId: channel.id, messages: held });
    }
    const messages = rows.reduce((sum, row) => sum + row.messages, 0);
    const tenantId = (options.channel === undefined ? undefined : channels[0]?.tenantId) ?? '*';
    const entry = { by, action: 'messages.recover', tenantId, channelId: options.channel ?? null, changed: [] };
    if (options.apply) await parts.audit.record({ ...entry, result: `${messages} held` });
    return rows;
  });
  const total = found.reduce((sum, { messages }) => sum + messages, 0);
  if (options.json) {
    json(terminal, { since: new Date(atMs).toISOString(), applied: options.apply, total, channels: found });
    return;
  }
  const table = createTable(['channel', options.apply ? 'held' : 'would be held']);
  for (const { channelId, messages } of found) if (messages > 0) table.add([channelId, String(messages)]);
  if (total > 0) for (const line of table.lines()) terminal.out(line);
  terminal.err(says(total, options.apply));
}

function says(total: number, applied: boolean): string {
  if (total === 0) return 'No message was waiting in the copy: nothing is to be held.';
  if (applied) return `Held: ${total}. Evidence settles them; release or discard the rest.`;
  return `May have gone out since: ${total}. Nothing was changed: --apply holds them.`;
}

/** An ISO time in the past. */
function readTime(text: string, nowMs: number): number {
  const atMs = Date.parse(text);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/u.test(text) || Number.isNaN(atMs))
    throw new CliError(
      `--since: expected a time like 2026-11-21T14:05:00Z, the one at which the copy of Redis was made, got "${text}".`,
    );
  if (atMs > nowMs) throw new CliError(`--since: expected a time in the past, got "${text}".`);
  return atMs;
}
