import { auditIdSchema } from '@posthorn/channel-admin';
import { CliError } from '../cli-error.ts';
import { withFleet } from '../fleet-access.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';

export interface AuditOptions {
  readonly channel?: string;
  readonly tenant?: string;
  readonly before?: string;
  readonly limit: number;
  readonly json: boolean;
}

/** `posthorn audit`: newest first, of all trails together or of one. */
export async function showAudit(
  terminal: Terminal,
  { channel, tenant, before, limit, ...options }: AuditOptions,
): Promise<void> {
  if (before !== undefined && !auditIdSchema.safeParse(before).success)
    throw new CliError(
      `--before: expected the id of an entry, as the line below a full page says it; came "${before}".`,
    );
  const entries = await withFleet(
    terminal,
    async ({ audit }) => await audit.list({ channelId: channel, tenantId: tenant, before, limit }),
  );
  if (options.json) {
    json(
      terminal,
      entries.map(({ atMs, ...entry }) => ({ at: new Date(atMs).toISOString(), ...entry })),
    );
    return;
  }
  if (entries.length === 0) terminal.err('Nothing yet.');
  const table = createTable(['at', 'by', 'action', 'channel', 'what', 'result']);
  for (const { atMs, by, action, channelId, changed, result } of entries)
    table.add([new Date(atMs).toISOString(), by, action, channelId ?? '', changed.join(', '), result]);
  if (entries.length > 0) for (const line of table.lines()) terminal.out(line);
  const last = entries.length === limit ? entries.at(-1) : undefined;
  if (last !== undefined) terminal.err(`Older ones: the same with --before '${last.id}'`);
}
