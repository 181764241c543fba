import type { Clock } from '@posthorn/runtime';
import type { Redis } from 'ioredis';
import { z } from 'zod';

const entrySchema = z.object({
  /** Milliseconds since 1970. */
  atMs: z.coerce.number(),
  who: z.string(),
  /** What was asked for, such as "pause channel support". Never a credential or personal data. */
  what: z.string(),
  /** The status it was answered with. */
  status: z.coerce.number(),
});
export type AuditEntry = z.infer<typeof entrySchema>;

/** What people changed here, and what was refused to them. */
export interface AuditTrail {
  readonly record: (entry: Omit<AuditEntry, 'atMs'>) => Promise<void>;
  /** The newest first. */
  readonly newest: (count: number) => Promise<readonly AuditEntry[]>;
}

const streamKey = 'posthorn:{ops}:audit';
/** About 2 MB; the log has them all. */
const entriesMax = 10_000;

/** A stream in Redis, bounded: the oldest entries go. */
export function createAuditTrail({
  redis,
  clock,
  key = streamKey,
}: {
  readonly redis: Redis;
  readonly clock: Clock;
  /** For tests, which share a Redis. */
  readonly key?: string;
}): AuditTrail {
  return {
    record: async ({ who, what, status }) => {
      const fields = ['atMs', String(clock.now()), 'who', who, 'what', what, 'status', String(status)];
      await redis.xadd(key, 'MAXLEN', '~', entriesMax, '*', ...fields);
    },
    newest: async (count) => {
      const stored = await redis.xrevrange(key, '+', '-', 'COUNT', count);
      return stored.flatMap(([, fields]) => {
        const pairs = Array.from({ length: fields.length / 2 }, (_, at) => [fields[2 * at] ?? '', fields[2 * at + 1]]);
        const entry = entrySchema.safeParse(Object.fromEntries(pairs));
        return entry.success ? [entry.data] : [];
      });
    },
  };
}
