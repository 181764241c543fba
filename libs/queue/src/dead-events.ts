import type { EventType, SubscriptionId } from '@posthorn/message';
import type { Clock } from '@posthorn/runtime';
import type { Job } from 'bullmq';
import type { DeadEvent } from './event-jobs.ts';
import { deadEventSchema, eventJobId, eventJobSchema } from './event-jobs.ts';
import { deadEventQueue, eventQueue } from './queue-ref.ts';
import type { Queues } from './queues.ts';

export type DeadEventLetter = DeadEvent & { readonly id: string };

/** Which letters of a subscriber; times in ms since 1970 of when the event happened. */
export interface DeadEventFilter {
  readonly subscriptionId: SubscriptionId;
  readonly types?: readonly EventType[] | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly ids?: readonly string[] | undefined;
}

/**
 * Events that no attempt brought to their subscriber, in one queue for all. The failed set of a subscriber's queue is their outbox, as it
 * is for messages: copied under an id of its own, then removed at the origin; both steps can repeat.
 */
export interface DeadEvents {
  readonly move: (id: SubscriptionId, jobId: string) => Promise<void>;
  /** Moves what a dead mover left. Returns how many. */
  readonly sweep: (id: SubscriptionId) => Promise<number>;
  /** Newest first, at most `limit`. It looks through all letters, so it is for people. */
  readonly find: (filter: DeadEventFilter, limit: number) => Promise<readonly DeadEventLetter[]>;
  /** After a replay. */
  readonly remove: (ids: readonly string[]) => Promise<void>;
}

const sweepMost = 500;
const page = 500;
const keptSeconds = 30 * 86_400;
const keptMost = 100_000;

export function createDeadEvents({ queues, clock }: { queues: Queues; clock: Clock }): DeadEvents {
  const moveJob = async (job: Job): Promise<boolean> => {
    const event = eventJobSchema.safeParse(job.data);
    if (!event.success) return false;
    const letter: DeadEvent = {
      v: 1,
      subscriptionId: event.data.subscriptionId,
      event: event.data,
      code: job.failedReason.startsWith('receiver_gone') ? 'receiver_gone' : 'attempts_exhausted',
      diedAt: clock.now(),
    };
    await queues.open(deadEventQueue()).add('dead', letter, {
      jobId: `dead_${event.data.subscriptionId}_${eventJobId(event.data)}`,
      removeOnFail: { age: keptSeconds, count: keptMost },
    });
    await job.remove();
    return true;
  };

  return {
    move: async (id, jobId) => {
      const job = await queues.open(eventQueue(id)).getJob(jobId);
      if (job !== undefined && (await job.isFailed())) await moveJob(job);
    },
    sweep: async (id) => {
      const jobs = await queues.open(eventQueue(id)).getFailed(0, sweepMost - 1);
      return (await Promise.all(jobs.map(moveJob))).filter(Boolean).length;
    },
    find: async (filter, limit) => {
      const found: DeadEventLetter[] = [];
      for (let at = 0; found.length < limit; at += page) {
        const jobs = await queues
          .open(deadEventQueue())
          .getJobs(['failed', 'waiting', 'active', 'delayed'], at, at + page - 1, false);
        found.push(...jobs.flatMap(toLetter).filter((letter) => matches(letter, filter)));
        if (jobs.length === 0) break;
      }
      return found.slice(0, limit);
    },
    remove: async (ids) => {
      const queue = queues.open(deadEventQueue());
      await Promise.all(ids.map(async (id) => await queue.remove(id)));
    },
  };
}

function matches({ id, subscriptionId, event }: DeadEventLetter, filter: DeadEventFilter): boolean {
  return (
    subscriptionId === filter.subscriptionId &&
    (filter.ids === undefined || filter.ids.includes(id)) &&
    (filter.types === undefined || filter.types.includes(event.type)) &&
    event.at >= (filter.since ?? 0) &&
    event.at <= (filter.until ?? Infinity)
  );
}

function toLetter(job: Job): DeadEventLetter[] {
  const payload = deadEventSchema.safeParse(job.data);
  return payload.success && job.id !== undefined ? [{ ...payload.data, id: job.id }] : [];
}
