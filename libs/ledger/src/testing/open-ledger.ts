import { randomBytes } from 'node:crypto';
import type { Content, MessageId, Recipient, TenantId } from '@posthorn/message';
import {
  channelIdSchema,
  externalIdSchema,
  providerIdSchema,
  recipientSchema,
  tenantIdSchema,
  toMessageId,
} from '@posthorn/message';
import { defaultRetryPolicy } from '@posthorn/outcome';
import { createSealer } from '@posthorn/sealing';
import { Redis } from 'ioredis';
import { ulid } from 'ulid';
import { createLedger } from '../create-ledger.ts';
import type { SealedContent } from '../message-view.ts';
import type { AcceptInput, Activation, ChannelRef, Ledger } from '../ledger.ts';

/** The queue's side of the seam, as plain as can be: a hash per job, and a list that tells in which order they were added. */
const addJobLua = `
local function add_job(queue, id, name, data, priority, delay, now)
  if redis.call('EXISTS', queue .. id) == 1 then return end
  redis.call('HSET', queue .. id, 'name', name, 'data', data, 'priority', priority, 'delay', delay)
  redis.call('RPUSH', queue .. 'added', id)
end`;

export const tenantId: TenantId = tenantIdSchema.parse('acme');
export const anna: Recipient = recipientSchema.parse('+15550001111');
export const ben: Recipient = recipientSchema.parse('+15550002222');
export const external = (id: string) => externalIdSchema.parse(id);

export interface OpenLedger {
  readonly ledger: Ledger;
  readonly redis: Redis;
  readonly channel: ChannelRef;
  /** Moves the time that scripts go by. */
  readonly advance: (ms: number) => void;
  readonly now: () => number;
  /** Accepts a text to a recipient and returns what a worker gets of it. */
  readonly accept: (
    to?: Recipient,
    more?: Partial<AcceptInput> & { readonly content?: Content },
  ) => Promise<Activation>;
  /** Ids of jobs added so far, in order. */
  readonly jobs: () => Promise<readonly string[]>;
  readonly job: (id: string) => Promise<Record<string, string>>;
  /** Takes a job away, as a lost one. */
  readonly loseJob: (id: string) => Promise<void>;
  readonly jobIdOf: (activation: Activation) => string;
  readonly close: () => Promise<void>;
}

/** A ledger on a real Redis, in a channel of its own that is open. */
export async function openLedger(): Promise<OpenLedger> {
  const url = process.env['POSTHORN_TEST_REDIS_URL'];
  if (url === undefined)
    throw new Error('expected POSTHORN_TEST_REDIS_URL; run the tests with npm test, or point it at a Redis');
  const redis = new Redis(url);
  const channel: ChannelRef = {
    id: channelIdSchema.parse(`t-${randomBytes(6).toString('hex')}`),
    provider: providerIdSchema.parse('whatsapp-cloud'),
  };
  const queue = `posthorn:{${channel.id}}:send:`;
  let nowMs = 1_800_000_000_000;
  const key = randomBytes(32);
  const ledger = createLedger({
    redis,
    addJobLua,
    sendQueueKeys: () => queue,
    sealer: createSealer({ currentId: 'k1', keyById: new Map([['k1', key]]), lookupKey: randomBytes(32) }),
    now: () => nowMs,
    lateRetry: { policy: defaultRetryPolicy, random: () => 0.5 },
  });
  await ledger.setState(channel, 'open');
  return {
    ledger,
    redis,
    channel,
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
    accept: async (to = anna, more = {}) => {
      const { content = { type: 'text', body: 'hello' }, ...rest } = more;
      const id: MessageId = toMessageId(channel.id, ulid());
      const sealed: SealedContent = { to, content };
      const input: AcceptInput = {
        id,
        tenantId,
        lane: 'normal',
        ordered: true,
        sealed,
        sendAt: null,
        expiresAt: null,
        traceparent: null,
        ...rest,
      };
      const result = await ledger.accept(channel, input);
      if (result.kind !== 'accepted') throw new Error(`expected accepted, came ${result.kind}`);
      return { channel, messageId: input.id, generation: 1 };
    },
    jobs: async () => await redis.lrange(`${queue}added`, 0, -1),
    job: async (id) => await redis.hgetall(`${queue}${id}`),
    loseJob: async (id) => void (await redis.del(`${queue}${id}`)),
    jobIdOf: ({ messageId, generation }) => `${messageId}_${generation}`,
    close: async () => {
      const keys = await redis.keys(`posthorn:{${channel.id}}:*`);
      if (keys.length > 0) await redis.del(...keys);
      await redis.quit();
    },
  };
}
