import { describe, expect, it } from '@jest/globals';
import { createMemoryLog } from './create-log.ts';
import { every } from './every.ts';

describe('a repeated task', () => {
  it('is done at once and again, never twice at a time, and again after a failure that is told', async () => {
    const memory = createMemoryLog();
    const third = Promise.withResolvers<void>();
    let [ticks, atOnce, most] = [0, 0, 0];
    const repeating = every(
      1,
      async () => {
        atOnce += 1;
        most = Math.max(most, atOnce);
        ticks += 1;
        await new Promise((resolve) => setImmediate(resolve));
        atOnce -= 1;
        if (ticks === 1) throw new Error('Redis is away');
        if (ticks === 3) third.resolve();
      },
      { log: memory.log, name: 'test' },
    );
    await third.promise;
    await repeating.close();
    expect(most).toBe(1);
    expect(JSON.stringify(memory.lines())).toContain('a repeated task failed');
  });

  it('ends only when the tick under way has ended', async () => {
    const memory = createMemoryLog();
    const gate = Promise.withResolvers<void>();
    let done = false;
    const repeating = every(
      1,
      async () => {
        await gate.promise;
        done = true;
      },
      { log: memory.log, name: 'test' },
    );
    const closed = repeating.close();
    gate.resolve();
    await closed;
    expect(done).toBe(true);
  });
});
