import type { ChannelId, ProviderId, TenantId } from '@posthorn/message';
import type { Clock, RedisClient } from '@posthorn/runtime';
import { z } from 'zod';
import { sendQueue } from './queue-ref.ts';
import type { Queues } from './queues.ts';
import { createWidePauses, wideReasons } from './wide-pauses.ts';
import type { PauseScope, WidePause } from './wide-pauses.ts';

/** Who wants a channel paused: an operator (this one, or all of its tenant, of its provider, or everything), its credentials, an onboarding under way, or a storm of one failure. */
export type PauseReason = 'operator' | 'credentials' | 'onboarding' | 'storm' | 'tenant' | 'provider' | 'everything';

interface ChannelRef {
  readonly id: ChannelId;
  readonly provider: ProviderId;
}

/** A channel as pauses of many see it. */
export interface PausedChannel extends ChannelRef {
  readonly tenantId: TenantId;
}

/** Who acts, and why. */
export interface PauseAction {
  readonly by: string;
  readonly why?: string | undefined;
}

/**
 * A channel is paused while its set of reasons is not empty; each owner removes only its own. Workers take nothing new from that
 * moment on, wherever they run: the pause is the queue's own, in Redis.
 */
export interface Pauses {
  readonly pause: (channel: ChannelRef, reason: PauseReason, by: string, more?: PauseMore) => Promise<void>;
  /** With `from`: only if that channel's trouble paused it. */
  readonly resume: (channel: ChannelRef, reason: PauseReason, from?: ChannelId) => Promise<void>;
  /** Who paused it, and since when (ms since 1970). Empty: it runs. */
  readonly reasons: (channel: ChannelRef) => Promise<readonly PauseEntry[]>;
  /** Pauses many at once, and whatever channel comes to be among them later. `channels` are all there are. */
  readonly pauseMany: (scope: PauseScope, action: PauseAction, channels: readonly PausedChannel[]) => Promise<number>;
  readonly resumeMany: (scope: PauseScope, channels: readonly PausedChannel[]) => Promise<number>;
  readonly many: () => Promise<readonly WidePause[]>;
  /** Gives a channel the pauses of many that are in force, and takes those that ended. Returns whether something was amiss. */
  readonly align: (channel: PausedChannel) => Promise<boolean>;
}

export interface PauseMore {
  readonly why?: string | undefined;
  /** The channel whose trouble it is, where another one of its account met it. Does not replace a pause of the same reason. */
  readonly from?: ChannelId;
}

/** One owner's pause. */
export interface PauseEntry {
  readonly reason: string;
  readonly by: string;
  readonly at: number;
  readonly why?: string | undefined;
  readonly from?: string | undefined;
}

const entrySchema = z.object({
  by: z.string(),
  at: z.number(),
  why: z.string().optional(),
  from: z.string().optional(),
});
const atOnce = 100;

export function createPauses({ redis, queues, clock }: { redis: RedisClient; queues: Queues; clock: Clock }): Pauses {
  const reasonsKey = (channel: ChannelRef): string => `posthorn:{${channel.id}}:pause`;
  const wide = createWidePauses(redis);

  const pause: Pauses['pause'] = async (channel, reason, by, { why, from } = {}) => {
    const known = await entryOf(channel, reason);
    // The same again: it lasts since it began. Another channel's trouble does not replace one of its own.
    const stays = known !== null && ((known.by === by && known.from === from) || from !== undefined);
    const entry = JSON.stringify({ by, at: clock.now(), why, from });
    if (!stays) await redis.hset(reasonsKey(channel), reason, entry);
    await queues.open(sendQueue(channel)).pause();
  };

  const resume: Pauses['resume'] = async (channel, reason, from) => {
    if (from !== undefined && (await entryOf(channel, reason))?.from !== from) return;
    await redis.hdel(reasonsKey(channel), reason);
    const queue = queues.open(sendQueue(channel));
    if ((await redis.hlen(reasonsKey(channel))) > 0) return;
    await queue.resume();
    // Another owner may have paused in between: its reason counts.
    if ((await redis.hlen(reasonsKey(channel))) > 0) await queue.pause();
  };

  const entryOf = async (channel: ChannelRef, reason: PauseReason): Promise<z.infer<typeof entrySchema> | null> => {
    const entry = await redis.hget(reasonsKey(channel), reason);
    return entry === null ? null : entrySchema.parse(JSON.parse(entry));
  };

  /** Channels are in slots of their own; so many at a time, and a thousand are done within a second. */
  const forEach = async (channels: readonly PausedChannel[], act: (channel: PausedChannel) => Promise<unknown>) => {
    for (let at = 0; at < channels.length; at += atOnce)
      await Promise.all(channels.slice(at, at + atOnce).map(async (channel) => await act(channel)));
    return channels.length;
  };

  return {
    pause,
    resume,
    reasons: async (channel) =>
      Object.entries(await redis.hgetall(reasonsKey(channel))).map(([reason, entry]) => ({
        reason,
        ...entrySchema.parse(JSON.parse(entry)),
      })),
    pauseMany: async (scope, { by, why }, channels) => {
      // First the record: a channel that is added from now on sees it.
      await wide.set(scope, { by, why, at: clock.now() });
      return await forEach(
        channels.filter((channel) => wide.covers(scope, channel)),
        async (channel) => await pause(channel, scope.kind, by, { why }),
      );
    },
    resumeMany: async (scope, channels) => {
      await wide.remove(scope);
      return await forEach(
        channels.filter((channel) => wide.covers(scope, channel)),
        async (channel) => await resume(channel, scope.kind),
      );
    },
    many: wide.list,
    align: async (channel) => {
      // The channel's side first: what it still carries then has been ended, and what it lacks has begun, before this moment.
      const carried = await redis.hmget(reasonsKey(channel), ...wideReasons);
      const inForce = (await wide.list()).filter(({ scope }) => wide.covers(scope, channel));
      let amiss = false;
      for (const [at, reason] of wideReasons.entries()) {
        const wanted = inForce.find(({ scope }) => scope.kind === reason);
        if ((wanted !== undefined) === (typeof carried[at] === 'string')) continue;
        amiss = true;
        if (wanted === undefined) await resume(channel, reason);
        else await pause(channel, reason, wanted.by, { why: wanted.why });
      }
      return amiss;
    },
  };
}
