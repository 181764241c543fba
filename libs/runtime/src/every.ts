import type { Log } from './create-log.ts';
import { isRedisAway } from './is-redis-away.ts';
import { isConnectionAway } from './redis-words.ts';

/** Something the clock repeats, and how to end it. */
export interface Repeating {
  /** Starts no further tick and waits for the one under way. */
  readonly close: () => Promise<void>;
}

/** Calls `tick` now and `everyMs` after each end, so that ticks never overlap. A failed tick is reported (that its connection is away, that tells), and the next one comes. */
export function every(
  everyMs: number,
  tick: () => Promise<void>,
  { log, name }: { log: Log; name: string },
): Repeating {
  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  let running = Promise.resolve();
  const run = (): void => {
    running = tick()
      .catch((error: unknown) => {
        if (isConnectionAway(error)) return;
        if (!closed) log.warn({ err: error, tick: name }, 'a repeated task failed; it is tried again at its next time');
        else if (!isRedisAway(error)) log.warn({ err: error, tick: name }, 'a repeated task failed at the end');
      })
      .finally(() => {
        if (!closed) timer = setTimeout(run, everyMs);
      });
  };
  run();
  return {
    close: async () => {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      await running;
    },
  };
}
