import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { backoffMs } from './backoff.ts';

const policy = { baseMs: 2_000, capMs: 600_000 };

describe('backoff', () => {
  it.each([
    [1, 0, 1_000],
    [1, 0.5, 1_500],
    [2, 0, 2_000],
    [3, 0, 4_000],
    [9, 0, 256_000],
    [10, 0, 300_000],
    [11, 0, 300_000],
    [5_000, 0, 300_000],
  ])('after try %i at random %d: %i ms', (attempt, random, expected) => {
    expect(backoffMs(attempt, random, policy)).toBe(expected);
  });

  it('lies between half of the full wait and all of it, and never beyond the cap', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), random, (attempt, value) => {
        const fullMs = Math.min(policy.capMs, policy.baseMs * 2 ** (attempt - 1));
        const waitMs = backoffMs(attempt, value, policy);
        expect(waitMs).toBeGreaterThanOrEqual(fullMs / 2);
        expect(waitMs).toBeLessThanOrEqual(fullMs);
        expect(backoffMs(attempt + 1, 0, policy)).toBeGreaterThanOrEqual(fullMs / 2);
      }),
    );
  });
});
