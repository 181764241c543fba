import type { ChannelId, InboundId, MessageId, ProviderId } from '@posthorn/message';
import { providerIdSchema } from '@posthorn/message';
import type { RedisClient } from '@posthorn/runtime';
import { webhookQueue } from './queue-ref.ts';
import type { WebhookInbox } from './webhook-inbox.ts';

/** A webhook call that told something of a message, as the provider sent it. */
export interface RawCall {
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly contentType: string | null;
  readonly body: Uint8Array;
}

/**
 * The providers' own words, for those who ask for them: calls are kept for a while after they have been understood, and found by the
 * messages they were about.
 */
export interface RawCalls {
  readonly keep: (input: {
    readonly provider: ProviderId;
    readonly callId: string;
    readonly receivedAt: number;
    readonly about: readonly { readonly channelId: ChannelId; readonly id: MessageId | InboundId }[];
    readonly keptMs: number;
  }) => Promise<void>;
  /** The calls that are listed for it. */
  readonly callsOf: (
    channelId: ChannelId,
    id: MessageId | InboundId,
  ) => Promise<readonly { readonly provider: ProviderId; readonly callId: string }[]>;
  /** Lists none for it any more; the calls themselves stay. */
  readonly forget: (channelId: ChannelId, id: MessageId | InboundId) => Promise<void>;
  /** Oldest first; of a message at most 20. */
  readonly list: (channelId: ChannelId, id: MessageId | InboundId) => Promise<readonly RawCall[]>;
}

const callsMost = 20;

export function createRawCalls({
  redis,
  inbox,
}: {
  readonly redis: RedisClient;
  readonly inbox: Pick<WebhookInbox, 'open'>;
}): RawCalls {
  const listKey = (channelId: ChannelId, id: string): string => `posthorn:{${channelId}}:raw:${id.slice(-26)}`;
  return {
    keep: async ({ provider, callId, receivedAt, about, keptMs }) => {
      await redis.pexpire(`${webhookQueue(provider).prefix}:body:${callId}`, keptMs);
      await Promise.all(
        about.map(async ({ channelId, id }) => {
          const key = listKey(channelId, id);
          await redis
            .pipeline()
            .rpush(key, `${provider} ${callId} ${receivedAt}`)
            .ltrim(key, -callsMost, -1)
            .pexpire(key, keptMs)
            .exec();
        }),
      );
    },
    callsOf: async (channelId, id) => (await redis.lrange(listKey(channelId, id), 0, -1)).map(toEntry),
    forget: async (channelId, id) => void (await redis.unlink(listKey(channelId, id))),
    list: async (channelId, id) => {
      const entries = await redis.lrange(listKey(channelId, id), 0, -1);
      const found = await Promise.all(
        entries.map(async (entry): Promise<RawCall[]> => {
          const { provider, callId, receivedAt } = toEntry(entry);
          const call = await inbox.open(provider, callId);
          if (call === null) return [];
          return [{ receivedAt, contentType: call.headers['content-type'] ?? null, body: call.body }];
        }),
      );
      return found.flat();
    },
  };
}

function toEntry(entry: string): { provider: ProviderId; callId: string; receivedAt: number } {
  const [provider, callId = '', receivedAt] = entry.split(' ');
  return { provider: providerIdSchema.parse(provider), callId, receivedAt: Number(receivedAt) };
}
