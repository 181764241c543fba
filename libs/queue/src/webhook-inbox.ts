import type { ChannelId, ProviderId } from '@posthorn/message';
import { createRedisScript, createSecureRandom, type RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { monotonicFactory } from 'ulid';
import { z } from 'zod';
import { addJobLua } from './add-job-lua.ts';
import { webhookQueue } from './queue-ref.ts';

/** A call as it is kept: its raw body, and what proves where it came from. */
export interface StoredCall {
  /** The address as the provider called it. */
  readonly url: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

export interface InboxCall {
  readonly provider: ProviderId;
  /** The channel whose address was called. */
  readonly channelId: ChannelId;
  readonly call: StoredCall;
  readonly receivedAtMs: number;
  readonly traceparent?: string | null | undefined;
}

/** Where webhook calls wait to be understood: sealed, durable before they are answered. */
export interface WebhookInbox {
  /** Keeps a call and adds its job, in one script. */
  readonly store: (input: InboxCall) => Promise<void>;
  /** Opens a kept call. Null if it is gone, or its key is not on the ring. */
  readonly open: (provider: ProviderId, id: string) => Promise<StoredCall | null>;
  /** Whether it is still to be applied. */
  readonly isWaiting: (provider: ProviderId, id: string) => Promise<boolean>;
  /** Whether a call is still there, readable or not. */
  readonly isKept: (provider: ProviderId, id: string) => Promise<boolean>;
  /** Forgets a call that has been applied. */
  readonly drop: (provider: ProviderId, id: string) => Promise<void>;
}

/** A call nobody could process in that time is given up; providers repeat for 7 days at most. */
const keptSeconds = 7 * 86_400;

const metaSchema = z.object({
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  query: z.record(z.string(), z.string()),
});

export function createWebhookInbox({ redis, sealer }: { redis: RedisClient; sealer: Sealer }): WebhookInbox {
  const store = createRedisScript(
    redis,
    `${addJobLua()}
redis.call('SET', KEYS[2], ARGV[3], 'EX', ${keptSeconds})
return add_job(KEYS[1], ARGV[1], 'webhook', ARGV[2], 0, 0, tonumber(ARGV[4]))`,
  );
  const nextUlid = monotonicFactory(createSecureRandom());
  const bodyKey = (provider: ProviderId, id: string): string => `${webhookQueue(provider).prefix}:body:${id}`;
  return {
    store: async ({ provider, channelId, call, receivedAtMs, traceparent }) => {
      const id = `wh_${nextUlid(receivedAtMs)}`;
      const data = JSON.stringify({
        v: 1,
        id,
        channelId,
        receivedAt: receivedAtMs,
        ...(traceparent && { traceparent }),
      });
      await store(
        [webhookQueue(provider).keyPrefix, bodyKey(provider, id)],
        [id, data, sealer.seal(pack(call), id), receivedAtMs],
      );
    },
    open: async (provider, id) => {
      const blob = await redis.getBuffer(bodyKey(provider, id));
      const plain = blob === null ? null : sealer.open(blob, id);
      return plain === null ? null : unpack(plain);
    },
    isWaiting: async (provider, id) => (await redis.exists(`${webhookQueue(provider).keyPrefix}${id}`)) === 1,
    isKept: async (provider, id) => (await redis.exists(bodyKey(provider, id))) === 1,
    drop: async (provider, id) => {
      await redis.unlink(bodyKey(provider, id));
    },
  };
}

/** Length of the head (4 bytes), head as JSON, body as it came. */
function pack({ url, body, headers, query }: StoredCall): Buffer {
  const head = Buffer.from(JSON.stringify({ url, headers, query }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.byteLength);
  return Buffer.concat([length, head, body]);
}

function unpack(plain: Buffer): StoredCall | null {
  const headEnd = 4 + plain.readUInt32BE(0);
  const head = metaSchema.safeParse(JSON.parse(plain.subarray(4, headEnd).toString()));
  return head.success ? { ...head.data, body: plain.subarray(headEnd) } : null;
}
