import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './connect-redis.ts';
import { parseRedisInfo } from './parse-redis-info.ts';

/** The servers that take writes: the one there is, or the master of each shard of a cluster. */
export function mastersOf(redis: RedisClient): readonly Redis[] {
  return redis instanceof Cluster ? redis.nodes('master') : [redis];
}

/** How the Redis of a connection is kept alive, as far as REDIS_URL says. */
export function topologyOf(redis: RedisClient): 'server' | 'sentinel' | 'cluster' {
  if (redis instanceof Cluster) return 'cluster';
  return Array.isArray(redis.options.sentinels) ? 'sentinel' : 'server';
}

/** Where a server of `mastersOf` is, for people. */
export function placeOfRedis({ options }: Redis): string {
  return `${options.host ?? 'localhost'}:${options.port ?? 6379}`;
}

/** For readiness: throws unless Redis answers; of a cluster each master must, and together they must serve every slot. */
export async function pingRedis(redis: RedisClient): Promise<void> {
  if (redis instanceof Cluster) {
    const fault = faultOfCluster(await redis.cluster('INFO'));
    if (fault !== null) throw new Error(fault);
  }
  await Promise.all(mastersOf(redis).map(async (master) => await master.ping()));
}

/** What an answer to CLUSTER INFO says is wrong, or null. */
export function faultOfCluster(info: string): string | null {
  const fields = parseRedisInfo(info);
  const [state, served] = [fields.get('cluster_state'), fields.get('cluster_slots_ok')];
  if (state === 'ok' && served === '16384') return null;
  return `its cluster_state is ${state ?? 'unknown'}, and ${served ?? 'an unknown number'} of 16384 slots are served`;
}
