import { describe, expect, it } from '@jest/globals';
import { createSecureRandom } from './random.ts';

describe('secure randomness', () => {
  it('gives numbers from 0 to below 1, all over the range, and goes on when its pool is used up', () => {
    const random = createSecureRandom();
    const values = Array.from({ length: 2_000 }, random);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(new Set(values.map((value) => Math.floor(value * 10))).size).toBe(10);
    expect(new Set(values).size).toBeGreaterThan(1_990);
  });
});
