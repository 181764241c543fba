import type { Lane } from '@posthorn/message';
import { z } from 'zod';
import type { QueueRef } from './queue-ref.ts';
import type { Queues } from './queues.ts';

/** A lane is a priority of BullMQ, which keeps jobs of priority 0 in a list and all others sorted by priority and arrival. */
const priorityByLane = { high: 0, normal: 1, bulk: 2 } as const satisfies Record<Lane, number>;
/** By which BullMQ multiplies a priority to make the score (6.7.0, read 2026-11). */
const scorePerPriority = 0x1_0000_0000;

const addedAt = z.coerce.number().positive();

/** How old the oldest job of each lane is that could run now, in ms; lanes without one are absent. Two round trips at most. */
export async function measureLaneAges(
  { redis }: Pick<Queues, 'redis'>,
  { keyPrefix }: QueueRef,
  nowMs: number,
): Promise<Readonly<Partial<Record<Lane, number>>>> {
  const sorted = async (priority: number): Promise<string | undefined> => {
    const [from, below] = [priority * scorePerPriority, `(${(priority + 1) * scorePerPriority}`];
    return (await redis.zrange(`${keyPrefix}prioritized`, from, below, 'BYSCORE', 'LIMIT', 0, 1))[0];
  };
  const [high, normal, bulk] = await Promise.all([
    redis.lindex(`${keyPrefix}wait`, -1),
    sorted(priorityByLane.normal),
    sorted(priorityByLane.bulk),
  ]);
  const oldest = [
    ['high', high],
    ['normal', normal],
    ['bulk', bulk],
  ] as const;
  const ages = await Promise.all(
    oldest.map(async ([lane, id]) => {
      const timestamp = id === undefined || id === null ? null : await redis.hget(`${keyPrefix}${id}`, 'timestamp');
      // It may have been taken in between.
      const at = addedAt.safeParse(timestamp).data;
      return at === undefined ? [] : [[lane, Math.max(0, nowMs - at)] as const];
    }),
  );
  return Object.fromEntries(ages.flat());
}
