import { describe, expect, it } from '@jest/globals';
import { tokenTimes } from './token-times.ts';

describe('a token is renewed', () => {
  it.each([
    ['an hour', 3_600_000, 720_000],
    ['ten minutes: 20 %', 600_000, 120_000],
    ['four minutes: 60 s', 240_000, 60_000],
    ['a minute: half', 60_000, 30_000],
    ['five seconds: half', 5_000, 2_500],
  ])('ahead of its end, for a life of %s', (_, lifeMs, leadMs) => {
    expect(tokenTimes(1_000, lifeMs, 0)).toEqual({ expiresAtMs: 1_000 + lifeMs, dueAtMs: 1_000 + lifeMs - leadMs });
  });

  it('by up to a tenth of that earlier, so that not all are renewed at once', () => {
    expect(tokenTimes(0, 3_600_000, 0.5).dueAtMs).toBe(3_600_000 - 720_000 * 1.05);
  });
});
