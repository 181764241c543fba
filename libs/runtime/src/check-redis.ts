import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './connect-redis.ts';
import { parseRedisInfo } from './parse-redis-info.ts';
import { faultOfCluster, mastersOf, placeOfRedis } from './redis-masters.ts';
import { wordsOfConnection } from './redis-words.ts';

/** Whether a Redis will do. */
export type RedisCheck =
  | { readonly kind: 'ok'; readonly version: string; readonly server: 'redis' | 'valkey' }
  /** `isAway`: it may come by itself; otherwise somebody has to change something. */
  | { readonly kind: 'unsuitable'; readonly isAway: boolean; readonly says: string };

const refusesUs = /NOAUTH|WRONGPASS|NOPERM/u;

/**
 * Reachable, at least 6.2 (Valkey counts), never evicting keys, and of the kind that REDIS_URL says; of a cluster each master. Waits up to
 * `timeoutMs` for the connection. `says` tells what was expected, what came and what to do.
 */
export async function checkRedis(redis: RedisClient, timeoutMs = 5000): Promise<RedisCheck> {
  const fault = await reach(redis, timeoutMs);
  if (fault !== null) {
    return unsuitable(
      `Redis at ${addressOf(redis)} cannot be used: ${fault}. Start it, or correct REDIS_URL.`,
      !refusesUs.test(fault),
    );
  }
  if (redis instanceof Cluster) {
    const broken = faultOfCluster(await redis.cluster('INFO'));
    if (broken !== null) {
      return unsuitable(
        `The Redis cluster of ${addressOf(redis)} does not serve everything: ${broken}. Bring back the nodes that are away; "redis-cli --cluster check" names what is missing.`,
        true,
      );
    }
  }
  const found = await Promise.all(
    mastersOf(redis).map(async (server) => await checkServer(server, redis instanceof Cluster)),
  );
  return (
    found.find(({ kind }) => kind === 'unsuitable') ?? found[0] ?? unsuitable('The Redis cluster has no master.', true)
  );
}

async function checkServer(redis: Redis, isNode: boolean): Promise<RedisCheck> {
  const place = placeOfRedis(redis);
  const told = await redis.info().catch(orRefusal);
  if (told instanceof Error) {
    return unsuitable(
      `Redis at ${place} does not let us look at it: ${told.message}. Give the user of REDIS_URL "+info" (docs/operations/redis-acl.md has the rules of each app).`,
    );
  }
  const info = parseRedisInfo(told);
  const mode = info.get('redis_mode');
  if (mode === 'sentinel') {
    return unsuitable(
      `At ${place} a sentinel answers, which keeps no data. Set REDIS_URL to redis+sentinel://${place}/<name of the master>.`,
    );
  }
  if (!isNode && mode === 'cluster') {
    return unsuitable(`Redis at ${place} is a node of a cluster. Set REDIS_URL to redis+cluster://${place}.`);
  }
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

/** What a user may not do is told in an answer; everything else is a failure. */
function orRefusal(error: unknown): Error {
  if (error instanceof Error && refusesUs.test(error.message)) return error;
  throw error;
}

/** Where it was told to connect to. */
function addressOf(redis: RedisClient): string {
  if (redis instanceof Cluster) {
    const [node] = redis.nodes();
    return node === undefined ? 'the nodes of REDIS_URL' : placeOfRedis(node);
  }
  return placeOfRedis(redis);
}

function unsuitable(says: string, isAway = false): RedisCheck {
  return { kind: 'unsuitable', isAway, says };
}

/** Null when commands go through, else the reason in words. */
async function reach(redis: RedisClient, timeoutMs: number): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  let last = `no answer within ${timeoutMs} ms`;
  const onReady = () => resolve(null);
  const onError = (error: Error) => {
    last = wordsOfConnection(error);
    // Wrong password or user: trying again will not help.
    if (refusesUs.test(last)) resolve(last);
  };
  const timer = setTimeout(() => resolve(last), timeoutMs);
  const onEnd = () => resolve('the connection is closed');
  redis.on('ready', onReady).on('error', onError).on('end', onEnd);
  if (redis.status === 'ready') onReady();
  if (redis.status === 'end') onEnd();
  const unready = await promise;
  clearTimeout(timer);
  redis.off('ready', onReady).off('error', onError).off('end', onEnd);
  if (unready !== null) return unready;
  return await redis.ping().then(
    () => null,
    (error: unknown) => (error instanceof Error ? wordsOfConnection(error) : String(error)),
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
