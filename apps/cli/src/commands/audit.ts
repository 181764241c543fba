import { withFleet } from '../fleet-access.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';

export interface AuditOptions {
  readonly channel?: string;
  readonly tenant?: string;
  readonly limit: number;
  readonly json: boolean;
}

/** `posthorn audit`: newest first; the newest 10,000 or so are kept. */
export async function showAudit(
  terminal: Terminal,
  { channel, tenant, limit, ...options }: AuditOptions,
): Promise<void> {
  const entries = await withFleet(
    terminal,
    async ({ audit }) => await audit.list({ channelId: channel, tenantId: tenant, limit }),
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
}
