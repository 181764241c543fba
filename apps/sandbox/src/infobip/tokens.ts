import type { Clock } from '@posthorn/runtime';

/** Tokens given out. Those of OAuth live as long as was said; sessions end when they were idle too long. */
export type Tokens = {
  readonly issue: (kind: 'oauth' | 'session', username: string, lifeMs: number) => string;
  /** Whose token it is, if it still holds. */
  readonly userOf: (kind: 'oauth' | 'session', token: string) => string | null;
  readonly clear: () => void;
};

export function createTokens(clock: Clock, newId: () => string): Tokens {
  const given = new Map<string, { readonly username: string; readonly lifeMs: number; untilMs: number }>();
  return {
    issue(kind, username, lifeMs) {
      const token = newId();
      given.set(`${kind} ${token}`, { username, lifeMs, untilMs: clock.now() + lifeMs });
      return token;
    },
    userOf(kind, token) {
      const found = given.get(`${kind} ${token}`);
      if (found === undefined || found.untilMs <= clock.now()) return null;
      if (kind === 'session') found.untilMs = clock.now() + found.lifeMs;
      return found.username;
    },
    clear: () => given.clear(),
  };
}
