import type { QueueRef } from './queue-ref.ts';
import type { Queues } from './queues.ts';

const windowMs = 100;
/** A provider counts by its own clock, and calls arrive a little unevenly: what leaves at exactly its limit is now and then over it. */
const headroom = 0.02;

/**
 * Keeps a queue below `perSecond` jobs a second over all workers; null lifts the limit. BullMQ's limiter is a fixed window that
 * lets through twice its size across a boundary, so windows are about 100 ms; below 10 a second it is one job per window.
 */
export async function setPace(queues: Queues, queue: QueueRef, perSecond: number | null): Promise<void> {
  const opened = queues.open(queue);
  if (perSecond === null) {
    await opened.removeGlobalRateLimit();
    return;
  }
  const { max, duration } = limitOf(perSecond);
  await opened.setGlobalRateLimit(max, duration);
}

/** So many jobs in so many ms: never more than `perSecond`, and at most a twentieth less from 1 a second on. */
export function limitOf(perSecond: number): { readonly max: number; readonly duration: number } {
  const max = Math.max(1, Math.floor((perSecond * windowMs) / 1_000));
  return { max, duration: Math.ceil((max * 1_000 * (1 + headroom)) / perSecond) };
}
