import { describe, expect, it } from '@jest/globals';
import { activationsOf, limitOf, spacingOf } from './pace.ts';

describe('the pace of a queue', () => {
  it.each([0.1, 0.5, 1, 3, 9.9, 10, 20, 76, 80, 250, 1_000])('stays a little below %s a second', (perSecond) => {
    const { max, duration } = limitOf(perSecond);
    const reached = (max * 1_000) / duration;
    expect(Number.isInteger(max) && Number.isInteger(duration)).toBe(true);
    expect(reached).toBeLessThan(perSecond);
    expect(reached).toBeGreaterThan(perSecond * 0.95);
  });

  it('goes by windows of about 100 ms, or of one job', () => {
    expect(limitOf(80)).toEqual({ max: 8, duration: 104 });
    expect(limitOf(76)).toEqual({ max: 7, duration: 96 });
    expect(limitOf(1 / 3)).toEqual({ max: 1, duration: 3_120 });
  });

  it.each([
    [null, 0],
    [1, 1_040],
    [80, 13],
    [1_040, 1],
    [1_041, 0],
  ])('of %s a second keeps sends %s ms apart', (perSecond, spacingMs) => expect(spacingOf(perSecond)).toBe(spacingMs));

  it('activates somewhat more than leave, where something else keeps them apart', () => {
    expect([null, 100, 1_040, 1_041].map(activationsOf)).toEqual([null, 108, 1_123.2, 1_041]);
  });
});
