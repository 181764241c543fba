import type { Redis } from 'ioredis';

const cutMs = 500;

/** Lets commands under way finish, then closes; cuts the connection after `timeoutMs`, so it never hangs on a Redis that is away. */
export async function closeRedis(redis: Redis, timeoutMs = 2000): Promise<void> {
  if (redis.status === 'end') return;
  const ended = new Promise<void>((resolve) => redis.once('end', resolve));
  // On a connection that does not stand, QUIT would wait for the next one.
  if (redis.status === 'ready') await within(quit(redis), timeoutMs);
  // Between two attempts to connect, ioredis (6.0) drops the next one but never ends, and leaves queued commands hanging:
  // an attempt that is cut short at once ends both.
  if (redis.status === 'reconnecting') redis.connect().catch(() => {});
  redis.disconnect();
  const socket: Redis['stream'] | undefined = redis.stream;
  socket?.destroy();
  await within(ended, cutMs);
}

async function quit(redis: Redis): Promise<void> {
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
