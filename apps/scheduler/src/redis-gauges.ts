import { mastersOf, parseRedisInfo, type Clock, type Metrics, type RedisClient } from '@posthorn/runtime';
import { measureTogether } from './measure-together.ts';

/**
 * How near Redis is to the end of its connections: each channel and subscriber costs one per process that serves it. Of a cluster, that
 * of the master that is nearest.
 */
export function registerRedisGauges(
  metrics: Metrics,
  { redis, clock }: { readonly redis: RedisClient; readonly clock: Clock },
): void {
  const look = measureTogether(
    async () => {
      const all = await Promise.all(
        mastersOf(redis).map(async (master) => {
          const info = parseRedisInfo(await master.info('clients'));
          return { used: Number(info.get('connected_clients') ?? 0), max: Number(info.get('maxclients') ?? 0) };
        }),
      );
      const [nearest = { used: 0, max: 0 }] = all.toSorted((one, other) => other.used / other.max - one.used / one.max);
      connections.set({ kind: 'used' }, nearest.used);
      connections.set({ kind: 'max' }, nearest.max);
    },
    { clock },
  );
  const connections = metrics.gauge({
    name: 'posthorn_redis_connections',
    help: 'Connections to Redis: used, and its maxclients (0: it does not say).',
    labelNames: ['kind'],
    collect: look,
  });
}
