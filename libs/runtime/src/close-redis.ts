import { Cluster, Redis } from 'ioredis';
import type { RedisClient } from './connect-redis.ts';

const cutMs = 500;

/** Lets commands under way finish, then closes; cuts the connection after `timeoutMs`, so it never hangs on a Redis that is away. */
export async function closeRedis(redis: RedisClient, timeoutMs = 2000): Promise<void> {
  if (redis.status === 'end') return;
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  if (redis instanceof Cluster) {
    redis.once('end', resolve);
    await closeCluster(redis, timeoutMs);
  } else {
    redis.once('end', resolve);
    await closeServer(redis, timeoutMs);
  }
  await within(ended, cutMs);
  if (redis instanceof Redis) letGoOfUnanswered(redis);
}

async function closeServer(redis: Redis, timeoutMs: number): Promise<void> {
  // On a connection that does not stand, QUIT would wait for the next one.
  if (redis.status === 'ready') await within(quit(redis), timeoutMs);
  // Between two attempts to connect, ioredis (6.0) drops the next one but never ends, and leaves queued commands hanging:
  // an attempt that is cut short at once ends both.
  if (redis.status === 'reconnecting') redis.connect().catch(() => {});
  redis.disconnect();
  const socket: Redis['stream'] | undefined = redis.stream;
  socket?.destroy();
}

type Queue = Redis['commandQueue'];
const isQueue = (kept: unknown): kept is Queue => typeof kept === 'object' && kept !== null && 'shift' in kept;

/**
 * Commands that had no answer when a connection broke, ioredis (6.0) keeps for the next one; where that one stood but never got ready (a
 * Redis that hangs, or loads), it forgets them at the end, and whoever waits for them would wait for ever.
 */
function letGoOfUnanswered(redis: Redis): void {
  const kept: unknown = Reflect.get(redis, 'prevCommandQueue');
  if (!isQueue(kept)) return;
  for (let next = kept.shift(); next !== undefined; next = kept.shift())
    next.command.reject(new Error('Connection is closed.'));
}

async function closeCluster(cluster: Cluster, timeoutMs: number): Promise<void> {
  if (cluster.status === 'ready') await within(quit(cluster), timeoutMs);
  // As above; of a cluster the attempt has to have nodes before it can be cut short. Where one ends whose nodes are gone, nothing may be left to tell it so.
  const isLeft = (cluster.status === 'disconnecting' || cluster.status === 'close') && cluster.nodes().length === 0;
  if (cluster.status === 'reconnecting' || isLeft) {
    const begun = new Promise<void>((resolve) => cluster.once('+node', () => resolve()));
    cluster.connect().catch(() => {});
    await within(begun, cutMs);
  }
  cluster.disconnect();
}

async function quit(redis: RedisClient): Promise<void> {
  try {
    await redis.quit();
  } catch {
    // It went away meanwhile, which is what was wanted.
  }
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, late]);
  clearTimeout(timer);
}
