import type { RedisClient } from './connect-redis.ts';
import type { Log } from './create-log.ts';
import type { Metrics } from './create-metrics.ts';
import { parseRedisInfo } from './parse-redis-info.ts';
import { mastersOf } from './redis-masters.ts';

/** How full Redis may be before something is refused, as a part of maxmemory. */
const workRefusedAt = 0.85;
const webhooksSpooledAt = 0.95;
const lookEveryMs = 500;

/** How full Redis is. Answers at once from what was seen last, at most half a second ago. */
export interface RedisMemory {
  /** Used, as a part of maxmemory (of a cluster: at its fullest master); null: no limit is set, or nothing is known. */
  readonly ratio: () => number | null;
  /** New work is refused, so that claims, results and settlements of what was accepted still fit. */
  readonly refusesWork: () => boolean;
  /** Not even webhooks are put in any more. */
  readonly refusesWebhooks: () => boolean;
  /** Redis itself refused: nothing goes in until it was seen to have room. */
  readonly wasRefused: () => void;
  readonly close: () => Promise<void>;
}

/**
 * Looks at Redis' memory twice a second. That costs the accept script nothing; INFO inside of it would cost each message more
 * than all the rest of the script (docs/adr/0014-bounds-of-redis-memory.md). While Redis is away the last look stands.
 */
export function watchRedisMemory({
  redis,
  log,
  metrics,
  everyMs = lookEveryMs,
}: {
  readonly redis: RedisClient;
  readonly log: Log;
  /** Absent: nobody asks this process for metrics. */
  readonly metrics?: Metrics;
  readonly everyMs?: number;
}): RedisMemory {
  let ratio: number | null = null;
  let refused = false;
  let wasFull = false;
  const ratioGauge = metrics?.gauge({
    name: 'posthorn_redis_memory_ratio',
    help: 'Memory used by Redis as a part of its maxmemory; new messages are refused at 0.85. 0: no maxmemory is set.',
  });
  const bytesGauge = metrics?.gauge({
    name: 'posthorn_redis_memory_bytes',
    help: 'Memory of Redis: used, and its maxmemory (0: none).',
    labelNames: ['kind'],
  });

  async function look(): Promise<void> {
    if (redis.status !== 'ready') return;
    const { max, used } = await lookAtFullest(redis);
    ratio = max > 0 ? used / max : null;
    ratioGauge?.set(ratio ?? 0);
    bytesGauge?.set({ kind: 'used' }, used);
    bytesGauge?.set({ kind: 'max' }, max);
    if (ratio === null || ratio < workRefusedAt) refused = false;
    const isFull = refused || (ratio ?? 0) >= workRefusedAt;
    if (isFull && !wasFull)
      log.warn({ ratio }, 'Redis is nearly full: new messages are refused; give it more memory (maxmemory)');
    if (!isFull && wasFull) log.info({ ratio }, 'Redis has room again: messages are taken');
    wasFull = isFull;
  }

  let looking: Promise<void> | null = null;
  function start(): void {
    looking ??= look()
      .catch(() => undefined)
      .finally(() => {
        looking = null;
      });
  }
  start();
  redis.on('ready', start);
  const timer = setInterval(start, everyMs);
  timer.unref();

  return {
    ratio: () => ratio,
    refusesWork: () => refused || (ratio ?? 0) >= workRefusedAt,
    refusesWebhooks: () => refused || (ratio ?? 0) >= webhooksSpooledAt,
    wasRefused: () => {
      refused = true;
    },
    close: async () => {
      clearInterval(timer);
      redis.off('ready', start);
      await looking;
    },
  };
}

interface Filling {
  readonly used: number;
  readonly max: number;
}

/** Of a cluster the fullest master: where a channel lies is not for a producer to know, and shards fill up alike. */
async function lookAtFullest(redis: RedisClient): Promise<Filling> {
  const all = await Promise.all(
    mastersOf(redis).map(async (master): Promise<Filling> => {
      const info = parseRedisInfo(await master.info('memory'));
      return {
        // What replication buffers take does not count towards the limit.
        used: Number(info.get('used_memory') ?? 0) - Number(info.get('mem_not_counted_for_evict') ?? 0),
        max: Number(info.get('maxmemory') ?? 0),
      };
    }),
  );
  const [first = { used: 0, max: 0 }, ...others] = all;
  return others.reduce((fullest, one) => (share(one) > share(fullest) ? one : fullest), first);
}

function share({ used, max }: Filling): number {
  return max > 0 ? used / max : 0;
}
