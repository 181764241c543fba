import type { ChannelId, MessageId, ProviderId } from '@posthorn/message';
import type { FailureCode } from '@posthorn/outcome';
import { failureRules } from '@posthorn/outcome';
import type { Clock } from '@posthorn/runtime';
import type { Job } from 'bullmq';
import type { DeadLetter, LetterFilter, LetterPage, LetterRange } from './find-letters.ts';
import { findLetters, toLetter } from './find-letters.ts';
import type { DeadJob } from './jobs.ts';
import { sendJobSchema } from './jobs.ts';
import { deadQueue, sendQueue } from './queue-ref.ts';
import type { Queues } from './queues.ts';

interface ChannelRef {
  readonly id: ChannelId;
  readonly provider: ProviderId;
}

/**
 * Dead letters. The failed set of a channel's queue is their outbox: a letter is copied to its provider's dead queue under
 * an id with the generation, then removed at the origin. Both steps can repeat, and whoever dies in between leaves one
 * letter; a slow mover cannot remove a replayed job, because that one has another generation.
 */
export interface DeadLetters {
  /** Adds a letter for a message whose job ended well and that failed later. Repeated, it does nothing. */
  readonly add: (
    channel: ChannelRef,
    letter: {
      readonly messageId: MessageId;
      readonly generation: number;
      readonly code: FailureCode;
      /** The provider's own. */
      readonly providerCode?: string | undefined;
    },
  ) => Promise<void>;
  /** Moves one job from the channel's failed set, if it is there. */
  readonly move: (channel: ChannelRef, jobId: string) => Promise<boolean>;
  /** Moves what lies in the failed set: what a dead mover left. Returns how many. */
  readonly sweep: (channel: ChannelRef) => Promise<number>;
  /** A page of those that fit. With 100,000 letters none but those of the page are in memory. */
  readonly find: (provider: ProviderId, filter: LetterFilter, range: LetterRange) => Promise<LetterPage>;
  readonly get: (provider: ProviderId, id: string) => Promise<DeadLetter | null>;
  /** After a replay. */
  readonly remove: (provider: ProviderId, id: string) => Promise<void>;
}

/** The reason a dead job carries: `code: words`, and the provider's code where there is one: `code: words [132001]`. */
export function deadReason(code: FailureCode, providerCode?: string): string {
  const told = providerCode !== undefined && oneWord.test(providerCode) ? ` [${providerCode}]` : '';
  return `${code}: ${failureRules[code].says}${told}`;
}

/** Codes are short and of one word; whatever else a provider sends there is not carried on. */
const oneWord = /^[\w.:-]{1,64}$/u;

function providerCodeOf(reason: string): string | undefined {
  return /\[(?<code>[\w.:-]{1,64})\]$/u.exec(reason)?.groups?.['code'];
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
const keptSeconds = 30 * 86_400;
/** Some 1 kB each. */
const keptMost = 500_000;

export function createDeadLetters({ queues, clock }: { queues: Queues; clock: Clock }): DeadLetters {
  const add: DeadLetters['add'] = async (channel, { messageId, generation, code, providerCode }) => {
    const letter: DeadJob = {
      v: 1,
      provider: channel.provider,
      channelId: channel.id,
      messageId,
      generation,
      code,
      ...(providerCode !== undefined && oneWord.test(providerCode) && { providerCode }),
      says: failureRules[code].says,
      diedAt: clock.now(),
    };
    await queues.open(deadQueue(channel.provider)).add('dead', letter, {
      jobId: `dead_${messageId}_${generation}`,
      removeOnFail: { age: keptSeconds, count: keptMost },
    });
  };

  const moveJob = async (channel: ChannelRef, job: Job): Promise<boolean> => {
    const payload = sendJobSchema.safeParse(job.data);
    if (!payload.success) return false;
    const { failedReason: reason } = job;
    await add(channel, { ...payload.data, code: codeOfReason(reason), providerCode: providerCodeOf(reason) });
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
    find: async (provider, filter, range) =>
      await findLetters(queues.redis, queues.open(deadQueue(provider)), filter, range),
    get: async (provider, id) => {
      const job = await queues.open(deadQueue(provider)).getJob(id);
      return job === undefined ? null : toLetter(job.id, job.data);
    },
    remove: async (provider, id) => {
      await queues.open(deadQueue(provider)).remove(id);
    },
  };
}
