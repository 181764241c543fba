import type { Redis } from 'ioredis';
import { parseRedisInfo } from './parse-redis-info.ts';

/** Whether a Redis will do. */
export type RedisCheck =
  | { readonly kind: 'ok'; readonly version: string; readonly server: 'redis' | 'valkey' }
  /** `isAway`: it may come by itself; otherwise somebody has to change something. */
  | { readonly kind: 'unsuitable'; readonly isAway: boolean; readonly says: string };

/**
 * Reachable, at least 6.2 (Valkey counts), and never evicting keys. Waits up to `timeoutMs` for the connection.
 * `says` tells what was expected, what came and what to do.
 */
export async function checkRedis(redis: Redis, timeoutMs = 5000): Promise<RedisCheck> {
  const place = `${redis.options.host ?? 'localhost'}:${redis.options.port ?? 6379}`;
  const fault = await reach(redis, timeoutMs);
  if (fault !== null) {
    return unsuitable(
      `Redis at ${place} cannot be used: ${fault}. Start it, or correct REDIS_URL.`,
      !refusesUs.test(fault),
    );
  }
  const info = parseRedisInfo(await redis.info());
  const server = info.has('valkey_version') ? 'valkey' : 'redis';
  const version = info.get('valkey_version') ?? info.get('redis_version') ?? 'unknown';
  if (!isAtLeast62(version)) {
    return unsuitable(
      `Redis at ${place} is version ${version}, but 6.2 or later is needed. Upgrade it, or point REDIS_URL at a newer one.`,
    );
  }
  const policy = (await readPolicy(redis)) ?? info.get('maxmemory_policy') ?? 'unknown';
  if (policy !== 'noeviction') {
    return unsuitable(
      `Redis at ${place} has maxmemory-policy ${policy}, but noeviction is needed: any other throws messages away when memory is full. ` +
        `Set it with "CONFIG SET maxmemory-policy noeviction" and in its configuration (managed: in its parameter group).`,
    );
  }
  return { kind: 'ok', version, server };
}

const refusesUs = /NOAUTH|WRONGPASS|NOPERM/u;

function unsuitable(says: string, isAway = false): RedisCheck {
  return { kind: 'unsuitable', isAway, says };
}

/** Null when commands go through, else the reason in words. */
async function reach(redis: Redis, timeoutMs: number): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  let last = `no answer within ${timeoutMs} ms`;
  const onReady = () => resolve(null);
  const onError = (error: Error) => {
    last = error.message;
    // Wrong password or user: trying again will not help.
    if (refusesUs.test(last)) resolve(last);
  };
  const timer = setTimeout(() => resolve(last), timeoutMs);
  redis.on('ready', onReady).on('error', onError);
  if (redis.status === 'ready') onReady();
  if (redis.status === 'end') resolve('the connection is closed');
  const unready = await promise;
  clearTimeout(timer);
  redis.off('ready', onReady).off('error', onError);
  if (unready !== null) return unready;
  return await redis.ping().then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/** Managed Redis often refuses CONFIG; then INFO has to say it. */
async function readPolicy(redis: Redis): Promise<string | undefined> {
  try {
    const reply: unknown = await redis.config('GET', 'maxmemory-policy');
    const policy: unknown = Array.isArray(reply) ? reply[1] : undefined;
    return typeof policy === 'string' ? policy : undefined;
  } catch {
    return undefined;
  }
}

function isAtLeast62(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 2);
}
