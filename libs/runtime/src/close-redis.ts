import type { Redis } from 'ioredis';

/** Lets commands under way finish, then closes; cuts the connection after `timeoutMs`, so it never hangs on a Redis that is away. */
export async function closeRedis(redis: Redis, timeoutMs = 2000): Promise<void> {
  if (redis.status === 'end') return;
  if (redis.status !== 'ready') {
    redis.disconnect();
    return;
  }
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  await Promise.race([
    redis.quit().then(
      () => {},
      () => {},
    ),
    late,
  ]);
  clearTimeout(timer);
  redis.disconnect();
}
