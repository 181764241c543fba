import type { SubscriptionId } from '@posthorn/message';
import type { Sealer } from '@posthorn/sealing';
import type { RedisClient } from '@posthorn/runtime';
import { z } from 'zod';

const recordSchema = z.object({
  eventId: z.string(),
  type: z.string(),
  /** When it was tried, in ms since 1970. */
  at: z.number(),
  attempt: z.number(),
  outcome: z.enum(['delivered', 'later', 'dead']),
  status: z.number().nullable(),
  reason: z.string().nullable(),
  answer: z.string().nullable(),
  durationMs: z.number(),
  /** When it is tried again, in ms since 1970. */
  nextAt: z.number().nullable(),
});
/** One attempt, with what the receiver answered. */
export type DeliveryRecord = Readonly<z.infer<typeof recordSchema>>;

/** The newest deliveries of each subscription, sealed: what receivers answer may hold anything. */
export interface DeliveryLog {
  /** Also keeps when a delivery last went well. */
  readonly add: (id: SubscriptionId, record: DeliveryRecord) => Promise<void>;
  /** Newest first. */
  readonly list: (id: SubscriptionId, limit: number) => Promise<readonly DeliveryRecord[]>;
  /** When a delivery last went well, in ms since 1970; 0: never. */
  readonly lastGoodAt: (id: SubscriptionId) => Promise<number>;
  /** All its deliveries wait that long; only ever extended. */
  readonly calm: (id: SubscriptionId, ms: number) => Promise<void>;
  /** For how long they still wait, in ms. */
  readonly calmForMs: (id: SubscriptionId) => Promise<number>;
  readonly forget: (id: SubscriptionId) => Promise<void>;
}

const kept = 200;
const keptSeconds = 31 * 86_400;

export function createDeliveryLog({
  redis,
  sealer,
}: {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
}): DeliveryLog {
  const key = (id: SubscriptionId, what: 'log' | 'good' | 'calm'): string => `posthorn:{${id}}:${what}`;
  return {
    add: async (id, record) => {
      const log = key(id, 'log');
      const writing = redis
        .pipeline()
        .lpush(log, sealer.seal(JSON.stringify(record), `delivery ${id}`))
        .ltrim(log, 0, kept - 1)
        .expire(log, keptSeconds);
      if (record.outcome === 'delivered') writing.set(key(id, 'good'), record.at, 'EX', keptSeconds);
      await writing.exec();
    },
    list: async (id, limit) => {
      const blobs = await redis.lrangeBuffer(key(id, 'log'), 0, limit - 1);
      return blobs.flatMap((blob) => {
        const plain = sealer.open(blob, `delivery ${id}`);
        return plain === null ? [] : (recordSchema.safeParse(JSON.parse(plain.toString())).data ?? []);
      });
    },
    lastGoodAt: async (id) => Number((await redis.get(key(id, 'good'))) ?? 0),
    calm: async (id, ms) => {
      if ((await redis.pttl(key(id, 'calm'))) < ms) await redis.set(key(id, 'calm'), 1, 'PX', Math.ceil(ms));
    },
    calmForMs: async (id) => Math.max(0, await redis.pttl(key(id, 'calm'))),
    forget: async (id) => void (await redis.del(key(id, 'log'), key(id, 'good'), key(id, 'calm'))),
  };
}
