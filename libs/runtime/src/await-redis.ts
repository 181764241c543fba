import { checkRedis } from './check-redis.ts';
import type { RedisClient } from './connect-redis.ts';
import type { Log } from './create-log.ts';

/** Waits for Redis as long as it takes, and says so once. Throws when the one there is of no use, and says what to do. */
export async function awaitRedis(redis: RedisClient, log: Log): Promise<void> {
  for (let isTold = false; ; isTold = true) {
    const found = await checkRedis(redis);
    if (found.kind === 'ok') return;
    if (!found.isAway || redis.status === 'end') throw new Error(found.says);
    // Of a cluster, a part is there.
    if (redis.status === 'ready') return;
    if (!isTold) log.warn(`${found.says} Waiting for it.`);
  }
}
