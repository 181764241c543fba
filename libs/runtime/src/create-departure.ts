import { closeRedis } from './close-redis.ts';
import type { RedisClient } from './connect-redis.ts';
import type { Log } from './create-log.ts';
import { pingRedis } from './redis-masters.ts';

/** What a stop waits for although Redis is away. */
export interface UnderWay {
  /** Calls to others: their answers would be lost. */
  readonly calls: number;
  /** Results that only this process knows. */
  readonly results: number;
}

const lookEveryMs = 100;
/**
 * 2 s: a blink is no reason to leave, for jobs that were taken are found again only when their locks end. In looks, not by the clock: a
 * process that is slow comes late to answers, too.
 */
const blinkLooks = 20;
/** What remains to be done without Redis takes less. */
const closingMs = 2_000;
/** For a Redis that has answered nothing for so long already. */
const farewellMs = 100;

/**
 * A process that stops while Redis is away, or answers nothing, would wait for it as long as a stop may take, since its connection does.
 * After `begin` it does not: once Redis has been away for 2 s and no call is under way, the connection is closed, and whatever
 * waits for it ends with an error. Results in hand are kept until the stop has to end, to be written down if Redis comes
 * back; without it they are lost, and whoever comes next finds their messages open. To be begun before anything is closed
 * that uses Redis.
 */
export function createDeparture({
  redis,
  underWay,
  graceMs,
  log,
}: {
  readonly redis: RedisClient;
  readonly underWay: () => UnderWay;
  /** How long the stop may take. */
  readonly graceMs: number;
  readonly log: Log;
}): { readonly begin: () => void } {
  return {
    begin: () => {
      const resultsUntil = performance.now() + graceMs - closingMs;
      let silentLooks = 0;
      let isAsking = false;
      const ask = async (): Promise<void> => {
        isAsking = true;
        try {
          await pingRedis(redis);
          silentLooks = 0;
        } catch {
          // No answer; the next look asks again.
        } finally {
          isAsking = false;
        }
      };
      const first = underWay().calls;
      if (first > 0) log.info({ calls: first }, 'calls are under way: the stop waits for their answers');

      const timer = setInterval(() => {
        if (redis.status === 'end') {
          clearInterval(timer);
          return;
        }
        if (!isAsking) void ask();
        const { calls, results } = underWay();
        silentLooks = calls > 0 ? 0 : silentLooks + 1;
        if (silentLooks < blinkLooks) return;
        const keptMs = resultsUntil - performance.now();
        if (results > 0 && keptMs > 0) {
          if (silentLooks === blinkLooks)
            log.warn({ results, keptMs: Math.round(keptMs) }, 'Redis is away: results wait to be written down');
          return;
        }
        clearInterval(timer);
        if (results > 0) log.error({ results }, 'Redis is away: results are lost, and their messages will be held');
        else log.warn('Redis is away, and nothing is under way here: leaving without it');
        void closeRedis(redis, farewellMs);
      }, lookEveryMs).unref();
    },
  };
}
