import { setTimeout as pause } from 'node:timers/promises';
import { PosthornError } from '@posthorn/client';
import { isRedisAway, isStorageFull, type Clock, type RedisClient } from '@posthorn/runtime';
import { storageProblem, storageUnavailable } from '@posthorn/submission';

const lookEveryMs = 100;
/** As HTTP says in Retry-After. */
export const storageRetryMs = 2_000;

export interface Patience {
  /** Whether doing it again is safe, although the first try may have been carried out. */
  readonly mayRepeat: boolean;
  readonly signal: AbortSignal;
}

/**
 * Does what needs Redis. While Redis is away it waits, at most `waitMs` in all: before the first try always, after one that failed only
 * where repeating is safe. What then is still away is told as `storage_unavailable`. A Redis that is full is told at once.
 */
export function createRedisWait(redis: Pick<RedisClient, 'status'>, waitMs: number, clock: Clock) {
  return async <Result>(work: () => Promise<Result>, { mayRepeat, signal }: Patience): Promise<Result> => {
    const untilMs = clock.now() + waitMs;
    for (let last: unknown; ;) {
      signal.throwIfAborted();
      if (redis.status === 'ready') {
        try {
          return await work();
        } catch (error) {
          if (!isRedisAway(error)) throw error;
          if (isStorageFull(error) || !mayRepeat) throw toRefusal(error);
          last = error;
        }
      }
      if (clock.now() >= untilMs) throw toRefusal(last);
      // Cut short, it goes on with the reason at the top.
      await pause(Math.min(lookEveryMs, Math.max(1, untilMs - clock.now())), undefined, { signal }).catch(
        () => undefined,
      );
    }
  };
}

function toRefusal(cause: unknown): PosthornError {
  return new PosthornError(storageProblem(cause) ?? storageUnavailable, storageRetryMs, { cause });
}
