import { describe, expect, it } from '@jest/globals';
import { systemClock } from '@posthorn/runtime';
import { seededRandom } from './testing/start.ts';
import { createTimers } from './timers.ts';

describe('timers', () => {
  it('run in the order of their times, equal times in the order they were given', async () => {
    const timers = createTimers(systemClock);
    const random = seededRandom(7);
    const startMs = systemClock.now() + 20;
    const ran: { dueMs: number; order: number }[] = [];
    const done = Promise.withResolvers<void>();
    for (let order = 0; order < 2000; order++) {
      const dueMs = startMs + Math.floor(random() * 30);
      timers.at(dueMs, () => {
        ran.push({ dueMs, order });
        if (ran.length === 2000) done.resolve();
      });
    }
    await done.promise;
    expect(ran).toEqual(ran.toSorted((a, b) => a.dueMs - b.dueMs || a.order - b.order));
    expect(timers.pending()).toBe(0);
  });

  it('wake earlier for an earlier time, and forget on demand', async () => {
    const timers = createTimers(systemClock);
    const done = Promise.withResolvers<void>();
    timers.at(systemClock.now() + 60_000, () => done.reject(new Error('too late')));
    timers.at(systemClock.now() + 5, () => done.resolve());
    await done.promise;
    timers.clear();
    expect(timers.pending()).toBe(0);
  });
});
