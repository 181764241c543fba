import { closeRedis } from './close-redis.ts';
import type { RedisClient } from './connect-redis.ts';
import type { Log } from './create-log.ts';

/** What a stop waits for although Redis is away. */
export interface UnderWay {
  /** Calls to others: their answers would be lost. */
  readonly calls: number;
  /** Results that only this process knows. */
  readonly results: number;
}

/** A blink is no reason to leave: what is left behind is found again only when its lock ends. */
const blinkMs = 2_000;
/** A fail-over takes less: so long it is tried to write down what only this process knows. */
const resultsMs = 10_000;
const lookEveryMs = 100;

/**
 * A process that stops while Redis is away would wait for it as long as a stop may take, since its connection does. After `begin` it does
 * not: once Redis has been away for 2 s and no call is under way, the connection is closed, and whatever waits for it ends with an error.
 * Results in hand are kept for 10 s after that, to be written down if Redis comes back; without it they are lost, and
 * whoever comes next finds their messages open. To be begun before anything is closed that uses Redis.
 */
export function createDeparture({
  redis,
  underWay,
  log,
}: {
  readonly redis: RedisClient;
  readonly underWay: () => UnderWay;
  readonly log: Log;
}): { readonly begin: () => void } {
  return {
    begin: () => {
      let idleSinceMs: number | null = null;
      const timer = setInterval(() => {
        const { calls, results } = underWay();
        if (redis.status === 'end') clearInterval(timer);
        if (redis.status === 'ready' || redis.status === 'end' || calls > 0) {
          idleSinceMs = null;
          return;
        }
        idleSinceMs ??= performance.now();
        if (performance.now() - idleSinceMs < (results > 0 ? resultsMs : blinkMs)) return;
        clearInterval(timer);
        if (results > 0) log.error({ results }, 'Redis is away: results are lost, and their messages will be held');
        else log.warn('Redis is away, and nothing is under way here: leaving without it');
        void closeRedis(redis);
      }, lookEveryMs).unref();
    },
  };
}
