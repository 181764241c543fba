import { contentKeptMsSchema, type IntakeQuota, type Tenant } from '@posthorn/access';
import { tenantIdSchema } from '@posthorn/message';
import { byOf } from '../admin-access.ts';
import { CliError } from '../cli-error.ts';
import { withFleet } from '../fleet-access.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';

const msByUnit: Readonly<Record<string, number>> = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const unitByMs = new Map(Object.entries(msByUnit).map(([unit, ms]) => [ms, unit]));

export interface SetOptions {
  readonly limit?: string;
  readonly keepContent?: string;
  readonly by?: string;
  readonly json: boolean;
}

/** `posthorn tenants set`: how many messages a tenant may hand in, and how long their content is kept. */
export async function setTenant(terminal: Terminal, id: string, options: SetOptions): Promise<void> {
  const tenantId = tenantIdSchema.safeParse(id);
  if (!tenantId.success) throw new CliError(`<id>: ${tenantId.error.issues.map(({ message }) => message).join('; ')}`);
  const change = {
    ...(options.limit !== undefined && { intake: readLimit(options.limit) }),
    ...(options.keepContent !== undefined && { contentKeptMs: readKept(options.keepContent) }),
  };
  const changed = Object.keys(change);
  if (changed.length === 0) throw new CliError('Say what is to be set: --limit, --keep-content, or both.');
  const tenant = await withFleet(terminal, async ({ tenants, registry, ledger, audit }) => {
    const set = await tenants.set(tenantId.data, change);
    // The scheduler does it for channels that are made later, and brings older content into line.
    for (const channel of registry.list())
      if (channel.tenantId === tenantId.data) await ledger.keepContent(channel, set.contentKeptMs);
    const by = byOf(options);
    await audit.record({ by, action: 'tenant.set', tenantId: tenantId.data, channelId: null, changed, result: 'done' });
    return set;
  });
  if (options.json) json(terminal, tenant);
  else
    terminal.out(`${tenant.tenantId}: ${limitOf(tenant)}, content ${keptOf(tenant)}. It holds everywhere within 5 s.`);
}

/** `posthorn tenants ls`. */
export async function listTenants(terminal: Terminal, options: { readonly json: boolean }): Promise<void> {
  const tenants = await withFleet(terminal, async (parts) => await parts.tenants.list());
  if (options.json) {
    json(terminal, tenants);
    return;
  }
  if (tenants.length === 0) {
    terminal.err('Nothing is set for any tenant. "posthorn tenants set <id> --limit 600/min" limits one.');
    return;
  }
  const table = createTable(['tenant', 'limit', 'content']);
  for (const tenant of tenants) table.add([tenant.tenantId, limitOf(tenant), keptOf(tenant)]);
  for (const line of table.lines()) terminal.out(line);
}

function readLimit(text: string): IntakeQuota | null {
  if (text === 'none') return null;
  const { messages = '', unit = '' } = /^(?<messages>[1-9]\d{0,8})\/(?<unit>s|min|h|d)$/u.exec(text)?.groups ?? {};
  const perMs = msByUnit[unit];
  if (perMs === undefined) throw new CliError(`--limit: expected like 50/s, 600/min, 10000/h or none, got "${text}".`);
  return { messages: Number(messages), perMs };
}

function readKept(text: string): number | null {
  if (text === 'default') return null;
  const { count, unit = '' } = /^(?<count>\d{1,7})(?<unit>s|min|h|d)$/u.exec(text === '0' ? '0s' : text)?.groups ?? {};
  const kept = contentKeptMsSchema.safeParse(Number(count) * (msByUnit[unit] ?? Number.NaN));
  if (kept.success) return kept.data;
  throw new CliError(`--keep-content: expected 0, a time like 12h or 7d of at most 31d, or default, got "${text}".`);
}

function limitOf({ intake }: Tenant): string {
  if (intake === null) return 'no limit';
  return `${intake.messages}/${unitByMs.get(intake.perMs) ?? `${intake.perMs} ms`}`;
}

function keptOf({ contentKeptMs }: Tenant): string {
  if (contentKeptMs === null) return 'as long as by default';
  if (contentKeptMs === 0) return 'not kept once it is final';
  const [unit, ms] = Object.entries(msByUnit).findLast(([, each]) => contentKeptMs % each === 0) ?? ['ms', 1];
  return `for ${contentKeptMs / ms} ${unit}`;
}
