import { getRandomValues } from 'node:crypto';

/** A number from 0 (included) to 1 (not included), like `Math.random`, so that tests can choose it. */
export type Random = () => number;

/** The process's own randomness: for jitter and spreading, never for secrets. */
export const systemRandom: Random = () => Math.random();

/**
 * Randomness nobody can foresee, for ids. Drawn from the system a kilobyte at a time: one call of the system for each number
 * costs more than all the rest of making an id (run: 16 calls a ULID, 4 % of ingress' CPU).
 */
export function createSecureRandom(): Random {
  const pool = new Uint32Array(256);
  let at = pool.length;
  return () => {
    if (at === pool.length) {
      getRandomValues(pool);
      at = 0;
    }
    const value = pool[at] ?? 0;
    at += 1;
    return value / 2 ** 32;
  };
}
