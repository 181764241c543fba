import { every } from '@posthorn/runtime';
import { openMedia, type Media, type MediaConfig } from '@posthorn/media';
import type { Log, Metrics, Own, RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';

export interface MediaSweepsDeps {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly config: MediaConfig;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly sweepMs: number;
}

const hourMs = 3_600_000;

/** Ends files whose time is over, and once an hour takes away what crashes left. Done by several schedulers at once it does no harm. */
export async function startMediaSweeps(own: Own, deps: MediaSweepsDeps): Promise<{ readonly media: Media }> {
  const { redis, log, sweepMs } = deps;
  const { media } = await openMedia(own, deps.config, deps);
  const removed = deps.metrics.counter({
    name: 'posthorn_media_removed_total',
    help: 'Files taken out of the store, by why: their time was over, or a crash left them.',
    labelNames: ['why'],
  });
  deps.metrics.gauge({
    name: 'posthorn_media_bytes',
    help: 'Bytes of all files in the store.',
    async collect() {
      this.set(await media.records.bytes());
    },
  });
  const sweep = async (): Promise<void> => {
    for (let ended = await media.sweep(); ended > 0; ended = await media.sweep()) {
      removed.inc({ why: 'expired' }, ended);
      log.info({ op: 'sweepMedia', ended }, 'files whose time was over are gone');
    }
  };
  const clean = async (): Promise<void> => {
    // One look at everything an hour is enough, whoever has it.
    if ((await redis.set('posthorn:{scheduler}:clean-media', '1', 'PX', hourMs - 1000, 'NX')) === null) return;
    const left = await media.clean();
    removed.inc({ why: 'left' }, left);
    if (left > 0) log.info({ op: 'cleanMedia', left }, 'files that a crash left are gone');
  };
  own(every(sweepMs, sweep, { log, name: 'end files' }), async (open) => await open.close(), 'ends of files');
  own(every(hourMs, clean, { log, name: 'clean files' }), async (open) => await open.close(), 'cleaning of files');
  return { media };
}
