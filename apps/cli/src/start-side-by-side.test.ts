import { describe, expect, it } from '@jest/globals';
import { createSilentLog, runApp, type Own } from '@posthorn/runtime';
import { createOpenParts } from './open-parts.ts';
import { startSideBySide, type SideApp } from './start-side-by-side.ts';

const stopGraceMs = 60_000;
const url = 'http://0.0.0.0:1';
const settings = { stopGraceMs, log: createSilentLog(), handleSignals: false };

describe('apps of one process', () => {
  it('stop side by side, before what was there before them, and say what each of them waits for', async () => {
    const open = createOpenParts('all');
    const [one, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const closed: string[] = [];
    let said: readonly unknown[] = [];
    // Each can end only when the other has begun to.
    const appOf = (app: string, mine: PromiseWithResolvers<void>, theirs: PromiseWithResolvers<void>): SideApp => ({
      app,
      stopGraceMs,
      start: async (give) => {
        give(app, () => closed.push(`${app} redis`), 'redis');
        give(
          app,
          async () => {
            mine.resolve();
            await theirs.promise;
            if (said.length === 0) said = [open.slow(), open.closing()];
            closed.push(app);
          },
          'messages under way',
        );
        return await Promise.resolve({ url });
      },
    });
    let urls: ReadonlyMap<string, string> = new Map();
    const running = runApp('all', settings, async (give) => {
      const own = open.track('all', give);
      own('redis', () => closed.push('private Redis'), 'private Redis');
      urls = await startSideBySide(own, open.track, [appOf('a', one, other), appOf('b', other, one)]);
    });
    await running.started;
    expect(Object.fromEntries(urls)).toEqual({ a: 'http://127.0.0.1:1', b: 'http://127.0.0.1:1' });
    await running.stop();
    expect(said).toEqual([
      ['messages under way', 'private Redis'],
      ['a (messages under way)', 'b (messages under way)'],
    ]);
    expect(closed.at(-1)).toBe('private Redis');
    expect(closed.toSorted()).toEqual(['a', 'a redis', 'b', 'b redis', 'private Redis']);
    expect(open.closing()).toEqual([]);
  });

  it('are all told of when they do not stop cleanly, and keep none of the others from it', async () => {
    const closed: string[] = [];
    const failing = (app: string) => async (give: Own) => {
      give(app, () => Promise.reject(new Error('no')), `part of ${app}`);
      return await Promise.resolve({ url });
    };
    const running = runApp('all', settings, async (own) => {
      await startSideBySide(own, undefined, [
        { app: 'a', stopGraceMs, start: failing('a') },
        {
          app: 'b',
          stopGraceMs,
          start: async (give) => {
            give('b', () => closed.push('b'), 'part of b');
            return await Promise.resolve({ url });
          },
        },
        { app: 'c', stopGraceMs, start: failing('c') },
      ]);
    });
    await running.started;
    const fault: unknown = await running.stop().catch((error: unknown) => error);
    expect(JSON.stringify(serialized(fault))).toMatch(/closing part of a failed.*closing part of c failed/u);
    expect(closed).toEqual(['b']);
    expect(await running.done).toBe(1);
  });
});

function serialized(error: unknown): unknown {
  if (error instanceof AggregateError) return error.errors.map(serialized);
  return error instanceof Error ? [error.message, serialized(error.cause)] : null;
}
