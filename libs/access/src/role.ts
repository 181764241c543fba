import { z } from 'zod';

/**
 * `producer` sends and looks up; `subscriber-admin` manages who is told of events; `ops` acts on what failed, and may do both
 * of theirs; `admin` changes channels and keys, and may do everything.
 */
export const roleSchema = z.enum(['producer', 'subscriber-admin', 'ops', 'admin']);
export type Role = z.infer<typeof roleSchema>;

const includedByRole = {
  producer: ['producer'],
  'subscriber-admin': ['subscriber-admin'],
  ops: ['ops', 'producer', 'subscriber-admin'],
  admin: ['admin', 'ops', 'producer', 'subscriber-admin'],
} as const satisfies Record<Role, readonly Role[]>;

/** Whether a key of this role may do what one of the `needed` roles may. */
export function mayAct(role: Role, needed: Role | readonly Role[]): boolean {
  const included: readonly Role[] = includedByRole[role];
  return typeof needed === 'string' ? included.includes(needed) : needed.some((each) => included.includes(each));
}
