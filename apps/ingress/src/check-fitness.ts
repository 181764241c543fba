import { checkRedis, type Log, type RedisClient } from '@posthorn/runtime';

/** How long a start waits for Redis. */
const waitMs = 2_000;

/** Whether Redis may be used, as far as is known. */
export interface Fitness {
  /** Throws when the Redis there is of no use, and says why. */
  readonly assert: () => void;
}

/**
 * Looks at Redis at the start. Throws when it is the wrong one. When it is away, ingress starts all the same, since webhooks can be kept
 * without it, and looks once it is there.
 */
export async function checkFitness(redis: RedisClient, log: Log): Promise<Fitness> {
  const first = await checkRedis(redis, waitMs);
  if (first.kind === 'ok') return { assert: () => undefined };
  if (!first.isAway) throw new Error(first.says);
  log.warn(`${first.says} Ingress starts without it: messages are refused (503) until it is there.`);
  let fault: string | null = first.says;
  redis.on('ready', look);
  return {
    assert: () => {
      if (fault !== null) throw new Error(fault);
    },
  };

  function look(): void {
    checkRedis(redis, waitMs).then(
      (found) => {
        fault = found.kind === 'ok' ? null : found.says;
        if (found.kind === 'ok') redis.off('ready', look);
        else log.error(found.says);
      },
      (error: unknown) => log.warn({ err: error }, 'Redis could not be looked at; it is looked at when it is back'),
    );
  }
}
