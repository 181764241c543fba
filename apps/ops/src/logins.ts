import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** An `operator` may pause, resume and replay; a `viewer` sees the same and changes nothing. */
const opsRoleSchema = z.enum(['operator', 'viewer']);
export type OpsRole = z.infer<typeof opsRoleSchema>;

/** Who acts. */
export interface Operator {
  readonly user: string;
  readonly role: OpsRole;
}

/** As it is kept with what was done. Throws for nobody: it is asked behind authentication only. */
export function byOf(operator: Operator | null): string {
  if (operator === null) throw new Error('a route behind authentication was reached without it');
  return `ops:${operator.user}`;
}

/** Who may look, or look and act. */
export interface Login extends Operator {
  readonly password: string;
}

/** A colon would end the name in Basic authentication. */
export const userSchema = z.string().regex(/^[A-Za-z0-9._@-]{1,64}$/u, 'expected 1 to 64 letters, digits and . _ @ -');
export const passwordSchema = z.string().min(12, 'expected 12 characters or more');

const error =
  'expected entries like anna:operator:password with commas between: a name, operator or viewer, and a password of 12 characters or more without comma';

/** People besides POSTHORN_OPS_USER; passwords may hold colons, not commas. */
export const loginsSchema = z
  .string({ error })
  .default('')
  .transform((text, context): readonly Login[] => {
    const entries = text.split(',').filter((entry) => entry.trim() !== '');
    const logins = entries.flatMap((entry) => {
      const [user, role, ...password] = entry.trim().split(':');
      const login = z
        .object({ user: userSchema, role: opsRoleSchema, password: passwordSchema })
        .safeParse({ user, role, password: password.join(':') });
      return login.success ? [login.data] : [];
    });
    const isWhole = logins.length === entries.length && new Set(logins.map(({ user }) => user)).size === logins.length;
    // Without what came: it holds passwords.
    if (!isWhole) context.addIssue({ code: 'custom', message: `${error}; each name once` });
    return logins;
  });

/** The login with this name and password, or null. All are compared, whatever the first says: the time tells nothing. */
export function findLogin(logins: readonly Login[], user: string, password: string): Login | null {
  const found = logins.filter((login) => {
    const [rightUser, rightPassword] = [isSame(user, login.user), isSame(password, login.password)];
    return rightUser && rightPassword;
  });
  return found[0] ?? null;
}

/** In constant time, whatever the lengths. */
function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(expected).digest());
}
