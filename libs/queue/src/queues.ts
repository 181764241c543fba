import { Queue } from 'bullmq';
import type { RedisClient } from '@posthorn/runtime';
import type { QueueRef } from './queue-ref.ts';

/** BullMQ keeps an event stream per queue; nobody reads it but Bull Board and people, so it stays short. */
const eventsKept = 200;

/** Opens queues once each, on one shared connection. */
export interface Queues {
  readonly open: (ref: QueueRef) => Queue;
  readonly redis: RedisClient;
  readonly close: () => Promise<void>;
}

export function createQueues(redis: RedisClient): Queues {
  const queueByName = new Map<string, Queue>();
  return {
    redis,
    open: (ref) => {
      const known = queueByName.get(ref.name);
      if (known !== undefined) return known;
      const queue = new Queue(ref.name, {
        connection: redis,
        prefix: ref.prefix,
        streams: { events: { maxLen: eventsKept } },
      });
      queue.on('error', () => undefined); // The connection itself reports; a queue object only repeats it.
      queueByName.set(ref.name, queue);
      return queue;
    },
    close: async () => {
      await Promise.all([...queueByName.values()].map(async (queue) => await queue.close()));
    },
  };
}
