import { describe, expect, it } from '@jest/globals';
import { createPairLimit, createSlidingSecond } from './limits.ts';

describe('a sliding second', () => {
  it('counts exactly what came in the last 1000 ms', () => {
    const second = createSlidingSecond();
    expect([second.add(5000), second.add(5000), second.add(5999)]).toEqual([1, 2, 3]);
    expect([second.count(5999), second.count(6000), second.count(6998), second.count(6999)]).toEqual([3, 1, 1, 0]);
  });

  it('starts anew after a long silence, and does not mind a clock that steps back', () => {
    const second = createSlidingSecond();
    second.add(1000);
    expect(second.count(1_000_000)).toBe(0);
    second.add(1_000_000);
    expect(second.add(999_990)).toBe(2);
  });
});

describe('the pair limit', () => {
  it('keeps pairs apart, and forgets a debt that is paid', () => {
    const pairs = createPairLimit(6000, 2);
    expect([pairs.take('a', 0), pairs.take('a', 0), pairs.take('a', 0), pairs.take('b', 0)]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect([pairs.take('a', 5999), pairs.take('a', 6000), pairs.take('a', 6000)]).toEqual([false, true, false]);
    expect([pairs.take('a', 100_000), pairs.take('a', 100_000)]).toEqual([true, true]);
  });
});
