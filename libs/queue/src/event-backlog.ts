import type { ChannelId, SubscriptionId } from '@posthorn/message';
import type { RedisClient, ScriptArgument } from '@posthorn/runtime';
import { createRedisScript } from '@posthorn/runtime';
import { z } from 'zod';
import { addJobLua } from './add-job-lua.ts';
import type { EventJob } from './event-jobs.ts';
import { eventJobId } from './event-jobs.ts';
import { eventQueue } from './queue-ref.ts';

/** Events of one channel for one subscriber, oldest first. */
export interface Offer {
  readonly subscriptionId: SubscriptionId;
  readonly channelId: ChannelId;
  /** The position before the first of them, and of the last. */
  readonly from: string;
  readonly to: string;
  readonly jobs: readonly EventJob[];
  /** How many events may wait. */
  readonly most: number;
  /** By whom: the fan-out of what is new, or those who catch up with what was left. */
  readonly by: 'fan-out' | 'catch-up';
}

/** `left`: they stay in the channel's log, and the backlog remembers from where. */
export type Offered = { readonly kind: 'added' } | { readonly kind: 'left' };

/**
 * What waits for each subscriber, within a budget. A subscriber whose budget is full gets nothing more of a channel until it has
 * caught up: its place in that channel's log is kept, so nothing is lost as long as the log reaches back, and order stays.
 */
export interface EventBacklog {
  /** Adds jobs, all or none, in one script. Repeated, it does nothing again. */
  readonly offer: (offer: Offer) => Promise<Offered>;
  /** Adds events outside of any channel, or again: beyond the budget, so a few. */
  readonly add: (jobs: readonly EventJob[], suffix?: string) => Promise<void>;
  readonly waiting: (id: SubscriptionId) => Promise<number>;
  /** The channels it is behind on, and the position to go on from. */
  readonly behind: (id: SubscriptionId) => Promise<ReadonlyMap<string, string>>;
  /** It has what there was up to `position`. True: nothing was left since, so the fan-out goes on. */
  readonly caughtUp: (id: SubscriptionId, channelId: string, position: string) => Promise<boolean>;
  /** Lets one at a time catch up for a subscriber; false: another does. It ends after 10 s, or with `ended`. */
  readonly mayCatchUp: (id: SubscriptionId) => Promise<boolean>;
  readonly ended: (id: SubscriptionId) => Promise<void>;
  /** Forgets a subscriber that was removed. */
  readonly forget: (id: SubscriptionId) => Promise<void>;
}

// KEYS[1] the queue, KEYS[2] the subscriber's base. behind: channel → where to go on from. left: channel → the last that was left.
const shared = `
local queue, base = KEYS[1], KEYS[2]
local call = redis.call
local function waiting()
  return call('LLEN', queue .. 'wait') + call('LLEN', queue .. 'paused') + call('LLEN', queue .. 'active') + call('ZCARD', queue .. 'delayed')
    + call('ZCARD', queue .. 'prioritized')
end
local function after(a, b)
  local a_ms, a_n = a:match('(%d+)-(%d+)')
  local b_ms, b_n = b:match('(%d+)-(%d+)')
  a_ms, b_ms = tonumber(a_ms), tonumber(b_ms)
  return a_ms > b_ms or (a_ms == b_ms and tonumber(a_n) > tonumber(b_n))
end
`;
// ARGV: channel, from, to, most, "1" if it catches up, now, then id and data of each.
const offerLua = `${shared}
local channel, from, to, most, catching = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5] == '1'
local is_behind = call('HEXISTS', base .. 'behind', channel) == 1
if (is_behind and not catching) or waiting() + (#ARGV - 6) / 2 > most then
  if not catching then
    call('HSETNX', base .. 'behind', channel, from)
    local left = call('HGET', base .. 'left', channel)
    if not left or after(to, left) then call('HSET', base .. 'left', channel, to) end
  end
  return 0
end
for at = 7, #ARGV, 2 do add_job(queue, ARGV[at], 'event', ARGV[at + 1], 0, 0, tonumber(ARGV[6])) end
if catching then call('HSET', base .. 'behind', channel, to) end
return 1
`;
// ARGV: now, then id and data of each.
const addLua = `${shared}
for at = 2, #ARGV, 2 do add_job(queue, ARGV[at], 'event', ARGV[at + 1], 0, 0, tonumber(ARGV[1])) end
return 1
`;
// ARGV: channel, position.
const caughtUpLua = `${shared}
local left = call('HGET', base .. 'left', ARGV[1])
if left and after(left, ARGV[2]) then
  call('HSET', base .. 'behind', ARGV[1], ARGV[2])
  return 0
end
call('HDEL', base .. 'behind', ARGV[1])
call('HDEL', base .. 'left', ARGV[1])
return 1
`;

const catchUpMs = 10_000;

const flag = z.number().transform((value) => value === 1);

export function createEventBacklog({
  redis,
  now,
}: {
  readonly redis: RedisClient;
  readonly now: () => number;
}): EventBacklog {
  const offer = createRedisScript(redis, `${addJobLua()}\n${offerLua}`);
  const add = createRedisScript(redis, `${addJobLua()}\n${addLua}`);
  const caughtUp = createRedisScript(redis, caughtUpLua);
  const waiting = createRedisScript(redis, `${shared}\nreturn waiting()`);
  const keys = (id: SubscriptionId): readonly string[] => [eventQueue(id).keyPrefix, `posthorn:{${id}}:`];
  const pairs = (jobs: readonly EventJob[], suffix = ''): ScriptArgument[] =>
    jobs.flatMap((job) => [eventJobId(job, suffix), JSON.stringify(job)]);

  return {
    offer: async ({ subscriptionId, channelId, from, to, jobs, most, by }) => {
      const args = [channelId, from, to, most, by === 'catch-up' ? 1 : 0, now(), ...pairs(jobs)];
      return { kind: flag.parse(await offer(keys(subscriptionId), args)) ? 'added' : 'left' };
    },
    add: async (jobs, suffix) => {
      const bySubscription = Map.groupBy(jobs, ({ subscriptionId }) => subscriptionId);
      await Promise.all(
        [...bySubscription].map(async ([id, own]) => await add(keys(id), [now(), ...pairs(own, suffix)])),
      );
    },
    waiting: async (id) => z.number().parse(await waiting(keys(id), [])),
    behind: async (id) => new Map(Object.entries(await redis.hgetall(`posthorn:{${id}}:behind`))),
    caughtUp: async (id, channelId, position) => flag.parse(await caughtUp(keys(id), [channelId, position])),
    mayCatchUp: async (id) => (await redis.set(`posthorn:{${id}}:catching`, 1, 'PX', catchUpMs, 'NX')) !== null,
    ended: async (id) => void (await redis.del(`posthorn:{${id}}:catching`)),
    forget: async (id) => void (await redis.del(`posthorn:{${id}}:behind`, `posthorn:{${id}}:left`)),
  };
}
