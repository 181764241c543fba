/** When a token ends, and when it should be renewed. Milliseconds since 1970. */
export interface TokenTimes {
  readonly expiresAtMs: number;
  readonly dueAtMs: number;
}

const leadShare = 0.2;
const leadMinMs = 60_000;
const leadMaxShare = 0.5;

/**
 * Times of a token that lives `lifeMs`, measured from the moment before its request, so that the call's duration is never counted as
 * life. It is renewed ahead of its end by the larger of 20 % of its life and 60 s, at most half of its life; by up to a tenth of that
 * earlier (`random` from 0 up to 1), so that tokens issued together are not renewed together.
 */
export function tokenTimes(requestedAtMs: number, lifeMs: number, random: number): TokenTimes {
  const leadMs = Math.min(Math.max(lifeMs * leadShare, leadMinMs), lifeMs * leadMaxShare);
  const expiresAtMs = requestedAtMs + lifeMs;
  return { expiresAtMs, dueAtMs: Math.max(requestedAtMs, Math.round(expiresAtMs - leadMs * (1 + 0.1 * random))) };
}
