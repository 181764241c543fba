import type { QueueRef } from './queue-ref.ts';
import type { Queues } from './queues.ts';

const windowMs = 100;

/**
 * Keeps a queue below `perSecond` jobs a second over all workers; null lifts the limit. BullMQ's limiter is a fixed window that
 * lets through twice its size across a boundary, so windows are 100 ms; below 10 a second it is one job per window.
 */
export async function setPace(queues: Queues, queue: QueueRef, perSecond: number | null): Promise<void> {
  const opened = queues.open(queue);
  if (perSecond === null) {
    await opened.removeGlobalRateLimit();
  } else if (perSecond >= 1_000 / windowMs) {
    await opened.setGlobalRateLimit(Math.floor((perSecond * windowMs) / 1_000), windowMs);
  } else {
    await opened.setGlobalRateLimit(1, Math.ceil(1_000 / perSecond));
  }
}
