import type { IntakeQuota, Tenant } from '@posthorn/access';
import { tenantIdSchema } from '@posthorn/message';
import { CliError } from '../cli-error.ts';
import { withFleet } from '../fleet-access.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';

const msByUnit: Readonly<Record<string, number>> = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const unitByMs = new Map(Object.entries(msByUnit).map(([unit, ms]) => [ms, unit]));

/** `posthorn tenants set`: how many messages a tenant may hand in. */
export async function setTenant(
  terminal: Terminal,
  id: string,
  options: { readonly limit: string; readonly json: boolean },
): Promise<void> {
  const tenantId = tenantIdSchema.safeParse(id);
  if (!tenantId.success) throw new CliError(`<id>: ${tenantId.error.issues.map(({ message }) => message).join('; ')}`);
  const intake = readLimit(options.limit);
  const tenant = await withFleet(terminal, async ({ tenants }) => await tenants.setIntake(tenantId.data, intake));
  if (options.json) json(terminal, tenant);
  else terminal.out(`${tenant.tenantId}: ${limitOf(tenant)}. It holds everywhere within 5 s.`);
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
  const table = createTable(['tenant', 'limit']);
  for (const tenant of tenants) table.add([tenant.tenantId, limitOf(tenant)]);
  for (const line of table.lines()) terminal.out(line);
}

function readLimit(text: string): IntakeQuota | null {
  if (text === 'none') return null;
  const { messages = '', unit = '' } = /^(?<messages>[1-9]\d{0,8})\/(?<unit>s|min|h|d)$/u.exec(text)?.groups ?? {};
  const perMs = msByUnit[unit];
  if (perMs === undefined) throw new CliError(`--limit: expected like 50/s, 600/min, 10000/h or none, got "${text}".`);
  return { messages: Number(messages), perMs };
}

function limitOf({ intake }: Tenant): string {
  if (intake === null) return 'no limit';
  return `${intake.messages}/${unitByMs.get(intake.perMs) ?? `${intake.perMs} ms`}`;
}
