import type { ChannelId, ProviderId } from '@posthorn/message';
import type { Clock } from '@posthorn/runtime';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { sendQueue } from './queue-ref.ts';
import type { Queues } from './queues.ts';

/** Who wants a channel paused. */
export type PauseReason = 'operator' | 'credentials' | 'onboarding';

interface ChannelRef {
  readonly id: ChannelId;
  readonly provider: ProviderId;
}

/** A channel is paused while its set of reasons is not empty; each owner removes only its own. */
export interface Pauses {
  readonly pause: (channel: ChannelRef, reason: PauseReason, by: string) => Promise<void>;
  readonly resume: (channel: ChannelRef, reason: PauseReason) => Promise<void>;
  /** Who paused it, and since when (ms since 1970). Empty: it runs. */
  readonly reasons: (channel: ChannelRef) => Promise<readonly PauseEntry[]>;
}

/** One owner's pause. */
export interface PauseEntry {
  readonly reason: string;
  readonly by: string;
  readonly at: number;
}

const entrySchema = z.object({ by: z.string(), at: z.number() });

export function createPauses({ redis, queues, clock }: { redis: Redis; queues: Queues; clock: Clock }): Pauses {
  const reasonsKey = (channel: ChannelRef): string => `posthorn:{${channel.id}}:pause`;
  return {
    pause: async (channel, reason, by) => {
      await redis.hset(reasonsKey(channel), reason, JSON.stringify({ by, at: clock.now() }));
      await queues.open(sendQueue(channel)).pause();
    },
    resume: async (channel, reason) => {
      await redis.hdel(reasonsKey(channel), reason);
      const queue = queues.open(sendQueue(channel));
      if ((await redis.hlen(reasonsKey(channel))) > 0) return;
      await queue.resume();
      // Another owner may have paused in between: its reason counts.
      if ((await redis.hlen(reasonsKey(channel))) > 0) await queue.pause();
    },
    reasons: async (channel) =>
      Object.entries(await redis.hgetall(reasonsKey(channel))).map(([reason, entry]) => ({
        reason,
        ...entrySchema.parse(JSON.parse(entry)),
      })),
  };
}
