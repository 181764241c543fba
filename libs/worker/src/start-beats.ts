import { randomUUID } from 'node:crypto';
import { createWorkerBeats } from '@posthorn/queue';
import { systemClock } from '@posthorn/runtime';
import type { WorkerParts } from './worker-parts.ts';

/** Three of them fit into the time after which a worker counts as gone. */
const everyMs = 5_000;

/** Tells every few seconds which channels this process serves, so that a channel without a worker is noticed. */
export function startBeats({ redis, channels, log }: WorkerParts): { readonly close: () => Promise<void> } {
  const beats = createWorkerBeats({ redis, now: systemClock.now });
  const worker = randomUUID();
  let served: Parameters<typeof beats.beat>[1] = [];
  let beating = Promise.resolve();
  const beat = (): void => {
    beating = beating
      .then(async () => await beats.beat(worker, served))
      .catch((error: unknown) => log.warn({ err: error }, 'a sign of life could not be given; the next comes in 5 s'));
  };
  const stop = channels.follow((live) => {
    const before = new Set(served);
    served = [...live.keys()];
    const now = new Set(served);
    const left = [...before].filter((id) => !now.has(id));
    if (left.length > 0) beating = beating.then(async () => await beats.leave(worker, left)).catch(() => undefined);
    if (served.some((id) => !before.has(id))) beat();
  });
  const timer = setInterval(beat, everyMs);
  return {
    close: async () => {
      stop();
      clearInterval(timer);
      await beating;
      // Redis may be away: then it is seen by the time.
      await beats.leave(worker, served).catch(() => undefined);
    },
  };
}
