import type { SubscriptionId } from '@posthorn/message';
import { createRedisScript, type RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
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
  /** Also keeps when a delivery last went well, and since when none has. */
  readonly add: (id: SubscriptionId, record: DeliveryRecord) => Promise<void>;
  /** Newest first. */
  readonly list: (id: SubscriptionId, limit: number) => Promise<readonly DeliveryRecord[]>;
  /** Writes entries anew, those for which `change` gives another one. Returns how many. */
  readonly revise: (id: SubscriptionId, change: (record: DeliveryRecord) => DeliveryRecord) => Promise<number>;
  /** What receivers answered before that time, in ms since 1970, is known no more. */
  readonly forgetAnswers: (id: SubscriptionId, beforeMs: number) => Promise<number>;
  /** When a delivery last went well, in ms since 1970; 0: never. */
  readonly lastGoodAt: (id: SubscriptionId) => Promise<number>;
  /** Since when deliveries fail, in ms since 1970: the first failure since one went well. Null: they do not. */
  readonly failingSince: (id: SubscriptionId) => Promise<number | null>;
  /** All its deliveries wait that long; only ever extended. */
  readonly calm: (id: SubscriptionId, ms: number) => Promise<void>;
  /** For how long they still wait, in ms. */
  readonly calmForMs: (id: SubscriptionId) => Promise<number>;
  readonly forget: (id: SubscriptionId) => Promise<void>;
}

const kept = 200;
const keptSeconds = 31 * 86_400;

/** By its value: others may have been put before it. */
const reviseLua = `
local at = redis.call('LPOS', KEYS[1], ARGV[1])
if not at then return 0 end
redis.call('LSET', KEYS[1], at, ARGV[2])
return 1`;

export function createDeliveryLog({
  redis,
  sealer,
}: {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
}): DeliveryLog {
  const key = (id: SubscriptionId, what: 'log' | 'good' | 'failing' | 'calm'): string => `posthorn:{${id}}:${what}`;
  const replace = createRedisScript(redis, reviseLua);
  const open = (id: SubscriptionId, blob: Buffer): DeliveryRecord | null => {
    const plain = sealer.open(blob, `delivery ${id}`);
    return plain === null ? null : (recordSchema.safeParse(JSON.parse(plain.toString())).data ?? null);
  };
  const seal = (id: SubscriptionId, record: DeliveryRecord): Buffer =>
    sealer.seal(JSON.stringify(record), `delivery ${id}`);
  const revise: DeliveryLog['revise'] = async (id, change) => {
    let revised = 0;
    for (const blob of await redis.lrangeBuffer(key(id, 'log'), 0, -1)) {
      const record = open(id, blob);
      const changed = record === null ? null : change(record);
      if (changed === null || changed === record) continue;
      revised += Number(await replace([key(id, 'log')], [blob, seal(id, changed)]));
    }
    return revised;
  };

  return {
    add: async (id, record) => {
      const log = key(id, 'log');
      const writing = redis
        .pipeline()
        .lpush(log, seal(id, record))
        .ltrim(log, 0, kept - 1)
        .expire(log, keptSeconds);
      if (record.outcome === 'delivered')
        writing.set(key(id, 'good'), record.at, 'EX', keptSeconds).del(key(id, 'failing'));
      else writing.set(key(id, 'failing'), record.at, 'EX', keptSeconds, 'NX');
      await writing.exec();
    },
    list: async (id, limit) =>
      (await redis.lrangeBuffer(key(id, 'log'), 0, limit - 1)).flatMap((blob) => open(id, blob) ?? []),
    revise,
    forgetAnswers: async (id, beforeMs) =>
      await revise(id, (record) =>
        record.answer !== null && record.at < beforeMs ? { ...record, answer: null } : record,
      ),
    lastGoodAt: async (id) => Number((await redis.get(key(id, 'good'))) ?? 0),
    failingSince: async (id) => {
      const since = await redis.get(key(id, 'failing'));
      return since === null ? null : Number(since);
    },
    calm: async (id, ms) => {
      if ((await redis.pttl(key(id, 'calm'))) < ms) await redis.set(key(id, 'calm'), 1, 'PX', Math.ceil(ms));
    },
    calmForMs: async (id) => Math.max(0, await redis.pttl(key(id, 'calm'))),
    forget: async (id) => void (await redis.del(key(id, 'log'), key(id, 'good'), key(id, 'failing'), key(id, 'calm'))),
  };
}
