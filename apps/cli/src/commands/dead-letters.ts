import { createLetterAdmin, type LetterQuery } from '@posthorn/channel-admin';
import { channelIdSchema } from '@posthorn/message';
import { providers } from '@posthorn/providers';
import type { DeadLetter } from '@posthorn/queue';
import { CliError } from '../cli-error.ts';
import { withFleet, type FleetParts } from '../fleet-access.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';
import { timelineHead, timelineRow } from '../timeline-row.ts';

/** Filters as they are given. */
export interface FilterOptions {
  readonly provider?: string;
  readonly channel?: string;
  readonly code?: string;
  readonly providerCode?: string;
  readonly since?: string;
  readonly until?: string;
}

export interface ListOptions extends FilterOptions {
  readonly after?: string;
  readonly limit: number;
  readonly json: boolean;
}

/** `posthorn dlq ls`: newest first, a page at a time. */
export async function listDeadLetters(terminal: Terminal, options: ListOptions): Promise<void> {
  const query = toQuery(options);
  const { letters, next } = await withFleet(terminal, async (parts) => {
    const admin = letterAdminOf(parts);
    const found: DeadLetter[] = [];
    let after = options.after ?? null;
    // A page may be empty though there are more: few may fit.
    do {
      const page = await admin.list(query, { after, limit: options.limit - found.length });
      found.push(...page.letters);
      after = page.next;
    } while (after !== null && found.length < options.limit);
    return { letters: found, next: after };
  });
  if (next !== null) terminal.err(`There are more: --after "${next}"`);
  if (options.json) {
    json(terminal, letters.map(shown));
    return;
  }
  if (letters.length === 0) {
    terminal.err('No dead letters.');
    return;
  }
  const table = createTable(['died', 'id', 'code', 'provider said', 'what happened']);
  for (const { diedAt, id, code, providerCode = '', says } of letters)
    table.add([iso(diedAt), id, code, providerCode, says]);
  for (const line of table.lines()) terminal.out(line);
}

/** What people do about letters, with all providers there are. */
export function letterAdminOf({ registry, ledger, deadLetters, audit }: FleetParts) {
  const ids = providers.map(({ id }) => id);
  return { ...createLetterAdmin({ registry, ledger, deadLetters, audit, providers: ids }), providers: ids };
}

/** Reads the filters. Fails with what was expected. */
export function toQuery({ provider, channel, code, providerCode, since, until }: FilterOptions): LetterQuery {
  const known = providers.find(({ id }) => id === provider);
  if (provider !== undefined && known === undefined) {
    const names = providers.map(({ id }) => id).join(', ');
    throw new CliError(`There is no provider "${provider}": expected one of ${names}.`);
  }
  const channelId = channel === undefined ? undefined : channelIdSchema.safeParse(channel).data;
  if (channel !== undefined && channelId === undefined) throw new CliError(`"${channel}" is no id of a channel.`);
  return { provider: known?.id, channelId, code, providerCode, from: toTime(since), to: toTime(until) };
}

function toTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new CliError(`Expected a time like 2026-11-21T14:05:00Z, came "${text}".`);
  return ms;
}

/** `posthorn dlq show`: the reason, the provider's code and every attempt. */
export async function showDeadLetter(
  terminal: Terminal,
  id: string,
  options: { readonly json: boolean },
): Promise<void> {
  await withFleet(terminal, async (parts) => {
    const letter = await letterAdminOf(parts).get(id);
    if (letter === null) throw new CliError(noLetter(id));
    const known = await parts.ledger.get({ id: letter.channelId, provider: letter.provider }, letter.messageId);
    const history = (known?.timeline ?? []).map(({ at, providerAt, ...entry }) => ({
      at: iso(at),
      ...entry,
      ...(providerAt !== undefined && { providerAt: iso(providerAt) }),
    }));
    const problem = history.findLast((entry) => entry.problem !== undefined)?.problem;
    if (options.json) {
      json(terminal, { ...shown(letter), problem: problem ?? null, status: known?.message.status ?? null, history });
      return;
    }
    const { out } = terminal;
    const { messageId, generation, channelId, provider, code, says, diedAt } = letter;
    out(letter.id);
    out(`${messageId}, generation ${generation}, on ${channelId} (${provider}), died ${iso(diedAt)}`);
    out(`${code}: ${says}`);
    if (problem !== undefined) {
      const words = [problem.title, problem.details].filter((part) => part !== undefined).join('; ');
      out(`${provider} said ${problem.code}${words === '' ? '' : `: ${words}`}`);
    }
    out('');
    if (known === null) {
      out('The ledger does not know the message any more, so there is no history and it cannot be replayed.');
      return;
    }
    const table = createTable(timelineHead);
    for (const entry of history) table.add(timelineRow(entry));
    for (const line of table.lines()) out(line);
  });
}

function noLetter(id: string): string {
  return `There is no dead letter "${id}" (any more). "posthorn dlq ls" lists those there are.`;
}

function shown({ diedAt, v: _version, ...letter }: DeadLetter) {
  return { ...letter, diedAt: iso(diedAt) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
