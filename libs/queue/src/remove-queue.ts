import { mastersOf, type RedisClient } from '@posthorn/runtime';
import type { QueueRef } from './queue-ref.ts';
import type { Queues } from './queues.ts';

const scanCount = 1_000;

/** How many workers consume a queue now, in the whole fleet. Redis services without CLIENT LIST say 0. */
export async function countConsumers(queues: Queues, ref: QueueRef): Promise<number> {
  const workers = await queues.open(ref).getWorkers();
  return workers.filter(({ addr }) => addr !== undefined).length;
}

/** Jobs of a queue that are not done, whatever they wait for. */
export async function countJobs(queues: Queues, ref: QueueRef): Promise<number> {
  const counts = await queues
    .open(ref)
    .getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'waiting-children', 'failed');
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/**
 * Removes a queue with all its jobs, again and again until none of its keys is left: a producer or a worker that was late may have written
 * one in between. Looks through all of Redis (SCAN), so it is for removals only.
 */
export async function obliterateQueue(redis: RedisClient, queues: Queues, ref: QueueRef): Promise<void> {
  do await queues.open(ref).obliterate({ force: true, count: scanCount });
  while ((await keysOf(redis, ref.keyPrefix)).length > 0);
}

/** The keys that begin so, on whichever node of a cluster. */
export async function keysOf(redis: RedisClient, prefix: string): Promise<readonly string[]> {
  const pattern = `${prefix.replaceAll(/[\\*?[\]]/gu, String.raw`\$&`)}*`;
  const found = new Set<string>();
  for (const server of mastersOf(redis)) {
    let cursor = '0';
    do {
      const [next, keys] = await server.scan(cursor, 'MATCH', pattern, 'COUNT', scanCount);
      for (const key of keys) found.add(key);
      cursor = next;
    } while (cursor !== '0');
  }
  return [...found];
}
