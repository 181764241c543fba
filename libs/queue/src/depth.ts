import type { QueueRef } from './queue-ref.ts';
import type { Queues } from './queues.ts';

/** How full a queue is. */
export interface Depth {
  /** Jobs by state: waiting, active, delayed, failed. */
  readonly jobs: Readonly<Record<'waiting' | 'active' | 'delayed' | 'failed', number>>;
  /** Age of the oldest job that could run now, in ms; 0 if there is none. */
  readonly oldestMs: number;
}

/** Measures a queue: three or four round trips, so for scrapes, not for the way of a message. */
export async function measureDepth(queues: Queues, ref: QueueRef, nowMs: number): Promise<Depth> {
  const queue = queues.open(ref);
  const counts = await queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed');
  const waiting = (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0);
  const oldest = waiting === 0 ? [] : await queue.getJobs(['waiting', 'prioritized'], 0, 0, true);
  const ages = oldest.map((job) => nowMs - job.timestamp);
  return {
    jobs: { waiting, active: counts['active'] ?? 0, delayed: counts['delayed'] ?? 0, failed: counts['failed'] ?? 0 },
    oldestMs: Math.max(0, ...ages),
  };
}
