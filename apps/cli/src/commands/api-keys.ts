import { roleSchema } from '@posthorn/access';
import { tenantIdSchema } from '@posthorn/message';
import { byOf } from '../admin-access.ts';
import { CliError } from '../cli-error.ts';
import { withFleet } from '../fleet-access.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';

export interface CreateOptions {
  readonly tenant: string;
  readonly role: string;
  readonly name: string;
  readonly by?: string;
  readonly json: boolean;
}

/** `posthorn keys create`: the key is shown this once. */
export async function createApiKey(terminal: Terminal, options: CreateOptions): Promise<void> {
  const role = roleSchema.safeParse(options.role);
  if (!role.success) {
    throw new CliError(`--role: expected one of ${roleSchema.options.join(', ')}, got "${options.role}".`);
  }
  const tenant = tenantIdSchema.safeParse(options.tenant);
  if (!tenant.success) {
    throw new CliError(`--tenant: ${tenant.error.issues.map(({ message }) => message).join('; ')}`);
  }
  const { key, id } = await withFleet(terminal, async ({ access, audit }) => {
    const made = await access.createKey({ tenantId: tenant.data, role: role.data, name: options.name });
    const entry = { by: byOf(options), action: 'key.create', tenantId: tenant.data, channelId: null };
    await audit.record({ ...entry, changed: [made.id], result: role.data });
    return made;
  });
  if (options.json) json(terminal, { id, key, tenantId: tenant.data, role: role.data, name: options.name });
  else {
    terminal.out(key);
    terminal.err(
      `${id}, for tenant ${tenant.data} as ${role.data}. Keep the key: it is stored hashed and not shown again.`,
    );
  }
}

/** `posthorn keys ls`. */
export async function listApiKeys(terminal: Terminal, options: { readonly json: boolean }): Promise<void> {
  const keys = await withFleet(terminal, async ({ access }) => await access.list());
  const rows = keys.map(({ createdAt, lastUsedAt, ...key }) => ({
    ...key,
    createdAt: new Date(createdAt).toISOString(),
    lastUsedAt: lastUsedAt === null ? null : new Date(lastUsedAt).toISOString(),
  }));
  if (options.json) {
    json(terminal, rows);
    return;
  }
  if (rows.length === 0) {
    terminal.err('No API keys. "posthorn keys create --name <name>" makes one.');
    return;
  }
  const table = createTable(['id', 'tenant', 'role', 'made', 'last used', 'name']);
  for (const { keyId, tenantId, role, createdAt, lastUsedAt, name } of rows) {
    table.add([keyId, tenantId, role, createdAt, lastUsedAt ?? 'never', name]);
  }
  for (const line of table.lines()) terminal.out(line);
}

/** `posthorn keys revoke`: it works for up to 5 s more, as long as callers are remembered. */
export async function revokeApiKey(
  terminal: Terminal,
  id: string,
  options: { readonly by?: string; readonly json: boolean },
): Promise<void> {
  const isRevoked = await withFleet(terminal, async ({ access, audit }) => {
    const known = (await access.list()).find(({ keyId }) => keyId === id);
    if (known === undefined || !(await access.revoke(id))) return false;
    const entry = { by: byOf(options), action: 'key.revoke', tenantId: known.tenantId, channelId: null };
    await audit.record({ ...entry, changed: [id], result: 'revoked' });
    return true;
  });
  if (!isRevoked) throw new CliError(`There is no API key "${id}". "posthorn keys ls" lists those there are.`);
  if (options.json) json(terminal, { id, result: 'revoked' });
  else terminal.out(`${id} is revoked; within 5 s nobody gets in with it.`);
}
