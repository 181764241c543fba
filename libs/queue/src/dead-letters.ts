import type { ChannelId, MessageId, ProviderId } from '@posthorn/message';
import type { FailureCode } from '@posthorn/outcome';
import { failureRules } from '@posthorn/outcome';
import type { Clock } from '@posthorn/runtime';
import type { Job } from 'bullmq';
import type { DeadJob } from './jobs.ts';
import { deadJobSchema, sendJobSchema } from './jobs.ts';
import { deadQueue, sendQueue } from './queue-ref.ts';
import type { Queues } from './queues.ts';

interface ChannelRef {
  readonly id: ChannelId;
  readonly provider: ProviderId;
}

/** A message that will not be tried again by itself, as ops see it. */
export type DeadLetter = DeadJob & { readonly id: string };

/**
 * Dead letters. The failed set of a channel's queue is their outbox: a letter is copied to its provider's dead queue under
 * an id with the generation, then removed at the origin. Both steps can repeat, and whoever dies in between leaves one
 * letter; a slow mover cannot remove a replayed job, because that one has another generation.
 */
export interface DeadLetters {
  /** Adds a letter for a message whose job ended well and that failed later. Repeated, it does nothing. */
  readonly add: (
    channel: ChannelRef,
    letter: { messageId: MessageId; generation: number; code: FailureCode },
  ) => Promise<void>;
  /** Moves one job from the channel's failed set, if it is there. */
  readonly move: (channel: ChannelRef, jobId: string) => Promise<boolean>;
  /** Moves what lies in the failed set: what a dead mover left. Returns how many. */
  readonly sweep: (channel: ChannelRef) => Promise<number>;
  /** Newest first. */
  readonly list: (provider: ProviderId, range: { from: number; count: number }) => Promise<readonly DeadLetter[]>;
  readonly get: (provider: ProviderId, id: string) => Promise<DeadLetter | null>;
  /** After a replay. */
  readonly remove: (provider: ProviderId, id: string) => Promise<void>;
}

/** The reason a dead job carries: `code: words`. */
export function deadReason(code: FailureCode): string {
  return `${code}: ${failureRules[code].says}`;
}

/** Reads the code off a reason; `rejected` if it is none of ours. */
export function codeOfReason(reason: string): FailureCode {
  const code = reason.slice(0, Math.max(0, reason.indexOf(':')));
  return isFailureCode(code) ? code : 'rejected';
}

function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(failureRules, code);
}

const sweepMost = 500;

export function createDeadLetters({ queues, clock }: { queues: Queues; clock: Clock }): DeadLetters {
  const add: DeadLetters['add'] = async (channel, { messageId, generation, code }) => {
    const letter: DeadJob = {
      v: 1,
      provider: channel.provider,
      channelId: channel.id,
      messageId,
      generation,
      code,
      says: failureRules[code].says,
      diedAt: clock.now(),
    };
    await queues.open(deadQueue(channel.provider)).add('dead', letter, { jobId: `dead_${messageId}_${generation}` });
  };

  const moveJob = async (channel: ChannelRef, job: Job): Promise<boolean> => {
    const payload = sendJobSchema.safeParse(job.data);
    if (!payload.success) return false;
    await add(channel, { ...payload.data, code: codeOfReason(job.failedReason) });
    await job.remove();
    return true;
  };

  return {
    add,
    move: async (channel, jobId) => {
      const queue = queues.open(sendQueue(channel));
      const job = await queue.getJob(jobId);
      if (job === undefined || !(await job.isFailed())) return false;
      return await moveJob(channel, job);
    },
    sweep: async (channel) => {
      const jobs = await queues.open(sendQueue(channel)).getFailed(0, sweepMost - 1);
      const moved = await Promise.all(jobs.map(async (job) => await moveJob(channel, job)));
      return moved.filter(Boolean).length;
    },
    list: async (provider, { from, count }) => {
      const jobs = await queues
        .open(deadQueue(provider))
        .getJobs(['failed', 'waiting', 'active', 'delayed'], from, from + count - 1, false);
      return jobs.flatMap(toLetter);
    },
    get: async (provider, id) => {
      const job = await queues.open(deadQueue(provider)).getJob(id);
      return job === undefined ? null : (toLetter(job)[0] ?? null);
    },
    remove: async (provider, id) => {
      await queues.open(deadQueue(provider)).remove(id);
    },
  };
}

function toLetter(job: Job): DeadLetter[] {
  const payload = deadJobSchema.safeParse(job.data);
  return payload.success && job.id !== undefined ? [{ ...payload.data, id: job.id }] : [];
}
