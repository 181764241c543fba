/** Exponential backoff. Both in milliseconds. */
export interface BackoffPolicy {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * The wait after failed try `attempt` (1 is the first): half of min(cap, base·2^(attempt−1)) for certain, the other half by
 * `random` (0 up to 1), so that waiters spread and none returns at once. In milliseconds.
 */
export function backoffMs(attempt: number, random: number, { baseMs, capMs }: BackoffPolicy): number {
  const fullMs = Math.min(capMs, baseMs * 2 ** (attempt - 1));
  return fullMs / 2 + (fullMs / 2) * random;
}
