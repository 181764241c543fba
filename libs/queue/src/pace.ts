import type { QueueRef } from './queue-ref.ts';
import type { Queues } from './queues.ts';

const windowMs = 100;
/** A provider counts by its own clock, and calls arrive a little unevenly: what leaves at exactly its limit is now and then over it. */
const headroom = 0.04;
/** Closer than this, spacing is beneath what a clock can tell. */
const leastSpacingMs = 1;

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

/**
 * The ms between two sends, so that a window's jobs leave one by one instead of together: eight calls at once that are delayed a
 * little meet the provider's limit, eight in a row do not. 0 where nothing is to be kept apart: no limit, or more than 1,040 a second.
 */
export function spacingOf(perSecond: number | null): number {
  if (perSecond === null) return 0;
  const spacingMs = (1_000 * (1 + headroom)) / perSecond;
  return spacingMs < leastSpacingMs ? 0 : spacingMs;
}

/**
 * How many jobs a second to activate where `spacingOf` keeps the pace: a little more than leave, because BullMQ's windows lose some
 * milliseconds each. Those too many wait for their slots.
 */
export function activationsOf(perSecond: number | null): number | null {
  return perSecond === null || spacingOf(perSecond) === 0 ? perSecond : perSecond * (1 + 2 * headroom);
}

/** So many jobs in so many ms: never more than `perSecond`, and at most a twentieth less from 1 a second on. */
export function limitOf(perSecond: number): { readonly max: number; readonly duration: number } {
  const max = Math.max(1, Math.floor((perSecond * windowMs) / 1_000));
  return { max, duration: Math.ceil((max * 1_000 * (1 + headroom)) / perSecond) };
}
