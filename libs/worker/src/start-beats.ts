import type { ChannelId } from '@posthorn/message';
import { createWorkerBeats } from '@posthorn/queue';
import { warnOf, systemClock } from '@posthorn/runtime';
import type { WorkerParts } from './worker-parts.ts';

/** Three of them fit into the time after which a worker counts as gone. */
const everyMs = 5_000;

/** Signs of life of one process. */
export interface Beats {
  /** These channels are served here from now on, and no others. */
  readonly serve: (channels: ReadonlySet<ChannelId>) => void;
  readonly close: () => Promise<void>;
}

/** Tells every few seconds which channels the process of this name serves, so that a channel without a worker is noticed. */
export function startBeats({ redis, log }: Pick<WorkerParts, 'redis' | 'log'>, worker: string): Beats {
  const beats = createWorkerBeats({ redis, now: systemClock.now });
  let served: ReadonlySet<ChannelId> = new Set();
  let beating = Promise.resolve();
  let isQueued = false;
  const beat = (): void => {
    // They would pile up while Redis is away; the one that waits tells what is served by then.
    if (isQueued) return;
    isQueued = true;
    beating = beating
      .then(async () => {
        isQueued = false;
        await beats.beat(worker, [...served]);
      })
      .catch((error: unknown) => warnOf(log, error, {}, 'a sign of life could not be given; the next comes in 5 s'));
  };
  const timer = setInterval(beat, everyMs);
  return {
    serve: (channels) => {
      const left = [...served].filter((id) => !channels.has(id));
      const isMore = [...channels].some((id) => !served.has(id));
      served = channels;
      if (left.length > 0) beating = beating.then(async () => await beats.leave(worker, left)).catch(() => undefined);
      if (isMore) beat();
    },
    close: async () => {
      clearInterval(timer);
      await beating;
      // Redis may be away: then it is seen by the time.
      await beats.leave(worker, [...served]).catch(() => undefined);
    },
  };
}
