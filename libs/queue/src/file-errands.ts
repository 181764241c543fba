import { channelIdSchema, inboundIdSchema, inboundMediaSchema, type ProviderId } from '@posthorn/message';
import type { Sealer } from '@posthorn/sealing';
import type { RedisClient } from '@posthorn/runtime';
import { z } from 'zod';
import { mediaQueue } from './queue-ref.ts';
import type { Queues } from './queues.ts';

const errandSchema = z.object({
  id: z.string().regex(/^fd_[\w-]{1,64}$/u),
  channelId: channelIdSchema,
  inboundId: inboundIdSchema.nullable(),
  media: inboundMediaSchema,
  target: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('store') }),
    z.object({ kind: z.literal('destination'), url: z.string(), headers: z.record(z.string(), z.string()) }),
  ]),
  callbackData: z.string().nullable(),
});
/** A file that a person sent, to be brought into the store or to a destination. */
export type StoredErrand = z.infer<typeof errandSchema>;

/** Errands with files, sealed: they name people's files and callers' addresses. */
export interface FileErrands {
  /** Once per id, also after it is done. The errand is kept before its job is there. */
  readonly add: (provider: ProviderId, errand: StoredErrand) => Promise<void>;
  /** Null: done, or its key is not on the ring. */
  readonly open: (provider: ProviderId, id: string) => Promise<StoredErrand | null>;
  /** Whether an errand is still there and not done, readable or not. */
  readonly isKept: (provider: ProviderId, id: string) => Promise<boolean>;
  /** Counts an attempt and gives its number, from 1. */
  readonly attempt: (provider: ProviderId, id: string) => Promise<number>;
  /** Whether a worker is at it now. */
  readonly isUnderWay: (provider: ProviderId, id: string) => Promise<boolean>;
  /** Forgets it, but for its id: a repeat of the same is none. */
  readonly finish: (provider: ProviderId, id: string) => Promise<void>;
}

/** Providers repeat webhooks for days; their files live as long. */
const keptSeconds = 7 * 86_400;

export function createFileErrands({
  redis,
  queues,
  sealer,
}: {
  redis: RedisClient;
  queues: Queues;
  sealer: Sealer;
}): FileErrands {
  const keyOf = (provider: ProviderId, id: string): string => `${mediaQueue(provider).prefix}:errand:${id}`;
  return {
    add: async (provider, errand) => {
      const key = keyOf(provider, errand.id);
      const isNew = await redis.set(key, sealer.seal(JSON.stringify(errand), errand.id), 'EX', keptSeconds, 'NX');
      if (isNew === null && (await redis.strlen(key)) === 0) return;
      const data = { v: 1, id: errand.id, channelId: errand.channelId };
      await queues.open(mediaQueue(provider)).add('file', data, { jobId: errand.id });
    },
    open: async (provider, id) => {
      const blob = await redis.getBuffer(keyOf(provider, id));
      const plain = blob === null ? null : sealer.open(blob, id);
      return plain === null ? null : (errandSchema.safeParse(JSON.parse(plain.toString())).data ?? null);
    },
    isKept: async (provider, id) => (await redis.strlen(keyOf(provider, id))) > 0,
    attempt: async (provider, id) => {
      const key = `${keyOf(provider, id)}:tries`;
      const tries = await redis.incr(key);
      await redis.expire(key, keptSeconds);
      return tries;
    },
    isUnderWay: async (provider, id) =>
      (await (await queues.open(mediaQueue(provider)).getJob(id))?.isActive()) === true,
    finish: async (provider, id) => {
      const key = keyOf(provider, id);
      await redis.multi().set(key, '', 'EX', keptSeconds).unlink(`${key}:tries`).exec();
    },
  };
}
