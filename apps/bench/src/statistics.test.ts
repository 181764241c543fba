import { describe, expect, it } from '@jest/globals';
import { medianOf } from './bench.ts';
import { planCalls } from './measure-webhooks.ts';
import { readOptions } from './options.ts';
import { toFields } from './redis-usage.ts';
import { ratio } from './report.ts';
import { median, medianInterval, perSecond } from './statistics.ts';

describe('the arithmetic of a report', () => {
  it.each([
    [[], 0],
    [[3], 3],
    [[9, 1, 5], 5],
    [[1, 100, 3, 5], 4],
  ])('takes the median of %j', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  // Places of the sign test's interval for a median: any table of it has these.
  it.each([
    [5, 1, 5],
    [6, 1, 6],
    [10, 2, 9],
    [20, 6, 15],
  ])('says between which of %i values the median lies', (count, low, high) => {
    const values = Array.from({ length: count }, (_, at) => count - at);
    expect(medianInterval(values)).toEqual({ median: (count + 1) / 2, low, high });
  });

  it('takes each figure’s median over the runs that have it', () => {
    expect(medianOf([{ a: 1 }, { a: 3, b: 7 }, { a: 2 }])).toEqual({ a: 2, b: 7 });
  });

  it('gives rates in seconds, and none where no time has passed', () => {
    expect(perSecond(500, 250)).toBe(2_000);
    expect(perSecond(500, 0)).toBe(0);
  });

  it('shows a ratio only where both sides have a figure', () => {
    expect(ratio(800, 1_000)).toBe(0.8);
    expect(ratio(undefined, 1_000)).toBeNull();
    expect(ratio(800, 0)).toBeNull();
  });

  it('reads the lines of INFO', () => {
    const fields = toFields('# Server\r\nredis_version:7.0.15\r\nexecutable:/usr/bin:x\r\n');
    expect(Object.fromEntries(fields)).toEqual({ redis_version: '7.0.15', executable: '/usr/bin:x' });
  });
});

describe('the plan of webhook calls', () => {
  const calls = planCalls(9_000, 3_000);

  it('gives each size a third of the updates', () => {
    const bySize = Map.groupBy(calls, ({ size }) => size);
    expect([...bySize].map(([size, each]) => [size, each.length]).toSorted(([a = 0], [b = 0]) => a - b)).toEqual([
      [1, 3_000],
      [100, 30],
      [1_000, 3],
    ]);
  });

  it('spreads them over the time that the rate gives, in order, each update in one call', () => {
    expect(Math.max(...calls.map(({ dueMs }) => dueMs))).toBeLessThan(3_000);
    expect(calls.map(({ dueMs }) => dueMs)).toEqual(calls.map(({ dueMs }) => dueMs).toSorted((a, b) => a - b));
    let next = 0;
    for (const { from, size } of calls) {
      expect(from).toBe(next);
      next += size;
    }
    expect(next).toBe(9_000);
  });
});

describe('the options', () => {
  it('have defaults', () => {
    expect(readOptions([])).toMatchObject({ messages: 5_000, rounds: 3, sockets: 64, aof: false, json: false });
  });

  it('name what is wrong', () => {
    expect(() => readOptions(['--messages', 'many'])).toThrow('--messages: ');
    expect(() => readOptions(['--redis-url', 'http://127.0.0.1'])).toThrow('--redis-url: ');
  });
});
