import type { Clock } from '@posthorn/runtime';
import type { Redis } from 'ioredis';
import { z } from 'zod';

/** Something a person did to channels or messages. No personal data. */
export interface AuditEntry {
  readonly at: number;
  readonly by: string;
  /** `pause`, `resume`, `held.release`, `held.discard` … */
  readonly action: string;
  /** What it was done to: `channel support`, `provider twilio`, a message's id. */
  readonly target: string;
  readonly why: string | null;
}

/** Who did what, when and why: the newest 10,000. */
export interface Audit {
  readonly add: (entry: Omit<AuditEntry, 'at' | 'why'> & { readonly why?: string | undefined }) => Promise<void>;
  /** Newest first. */
  readonly list: (count: number) => Promise<readonly AuditEntry[]>;
}

const key = 'posthorn:{audit}:log';
const kept = 10_000;
const entrySchema = z.object({
  at: z.number(),
  by: z.string(),
  action: z.string(),
  target: z.string(),
  why: z.string().nullable(),
});

export function createAudit({ redis, clock }: { redis: Redis; clock: Clock }): Audit {
  return {
    add: async ({ by, action, target, why }) => {
      const entry: AuditEntry = { at: clock.now(), by, action, target, why: why ?? null };
      await redis.xadd(key, 'MAXLEN', '~', kept, '*', 'entry', JSON.stringify(entry));
    },
    list: async (count) =>
      (await redis.xrevrange(key, '+', '-', 'COUNT', count)).map(([, [, entry = '']]) =>
        entrySchema.parse(JSON.parse(entry)),
      ),
  };
}
