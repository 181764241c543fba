import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock, RedisClient } from '@posthorn/runtime';
import { z } from 'zod';
import type { Login, Operator } from './logins.ts';

/** Who signed in, until when. */
export interface Session extends Operator {
  readonly expiresAtMs: number;
}

/** Signed sessions: every copy of ops reads them, and a sign-out ends them everywhere. */
export interface Sessions {
  /** The token goes into a cookie and nowhere else. */
  readonly begin: (login: Login) => { readonly token: string; readonly maxAgeSeconds: number };
  /** Null for a token that is forged, too old, signed out, or of a login that is gone or has another password now. */
  readonly read: (token: string) => Promise<Session | null>;
  readonly end: (token: string) => Promise<void>;
}

/** A working day. */
export const sessionMs = 12 * 3_600_000;

const payloadSchema = z.object({ user: z.string(), expiresAtMs: z.number(), id: z.string() });

/** `secret` is any key that all copies share and nobody else has. */
export function createSessions({
  logins,
  secret,
  redis,
  clock,
}: {
  readonly logins: readonly Login[];
  readonly secret: string;
  readonly redis: RedisClient;
  readonly clock: Clock;
}): Sessions {
  /** A key of each login, with the password in it: who changes the password ends the sessions. */
  function sign({ user, password }: Login, payload: string): Buffer {
    const key = createHmac('sha256', secret)
      .update(JSON.stringify(['posthorn ops session', user, password]))
      .digest();
    return createHmac('sha256', key).update(payload).digest();
  }

  function verify(token: string): Session | null {
    const [payload = '', signature = ''] = token.split('.');
    const claims = payloadSchema.safeParse(parse(payload));
    const login = logins.find(({ user }) => user === claims.data?.user);
    if (!claims.success || login === undefined) return null;
    const [given, expected] = [Buffer.from(signature, 'base64url'), sign(login, payload)];
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
    const { expiresAtMs } = claims.data;
    return expiresAtMs > clock.now() ? { user: login.user, role: login.role, expiresAtMs } : null;
  }

  return {
    begin: (login) => {
      const claims = {
        user: login.user,
        expiresAtMs: clock.now() + sessionMs,
        id: randomBytes(16).toString('base64url'),
      };
      const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
      return { token: `${payload}.${sign(login, payload).toString('base64url')}`, maxAgeSeconds: sessionMs / 1000 };
    },
    read: async (token) => {
      const session = verify(token);
      return session !== null && (await redis.exists(endedKey(token))) === 0 ? session : null;
    },
    end: async (token) => {
      const session = verify(token);
      if (session !== null) await redis.set(endedKey(token), '1', 'PX', Math.max(1, session.expiresAtMs - clock.now()));
    },
  };
}

/** By hash: what lies in Redis is no token. */
function endedKey(token: string): string {
  return `posthorn:{ops}:ended:${createHash('sha256')
    .update(token.split('.', 1)[0] ?? '')
    .digest('base64url')}`;
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString());
  } catch {
    return null;
  }
}
