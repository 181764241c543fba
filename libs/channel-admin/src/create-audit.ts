import type { RedisClient } from '@posthorn/runtime';
import { z } from 'zod';

const entrySchema = z.object({
  by: z.string(),
  action: z.string(),
  tenantId: z.string(),
  channelId: z.string().nullable(),
  /** What it was done to, by its id, and what changed, by name; never a value. */
  changed: z.array(z.string()),
  result: z.string(),
});

/** What a person or a machine did: by whom, to what, and how it ended. */
export type AuditEntry = z.infer<typeof entrySchema>;

/** The record of changes: a bounded stream, newest entries kept. */
export interface Audit {
  readonly record: (entry: AuditEntry) => Promise<void>;
  /** Newest first. Looks at the newest 10,000 or so. */
  readonly list: (query: {
    readonly channelId?: string | undefined;
    readonly tenantId?: string | undefined;
    readonly limit: number;
  }) => Promise<readonly (AuditEntry & { readonly id: string; readonly atMs: number })[]>;
}

const streamKey = 'posthorn:{audit}:log';
const entriesKept = 10_000;
const pageSize = 1_000;

/** The audit on Redis. Times are Redis' own. Throws when Redis is away. */
export function createAudit({
  redis,
  key = streamKey,
}: {
  readonly redis: RedisClient;
  /** For tests, which share a Redis. */
  readonly key?: string;
}): Audit {
  return {
    record: async (entry) => {
      await redis.xadd(key, 'MAXLEN', '~', entriesKept, '*', 'd', JSON.stringify(entry));
    },
    list: async ({ channelId, tenantId, limit }) => {
      const found: (AuditEntry & { id: string; atMs: number })[] = [];
      let end = '+';
      for (;;) {
        const page = await redis.xrevrange(key, end, '-', 'COUNT', pageSize);
        for (const [id, [, text = '']] of page) {
          const entry = entrySchema.safeParse(parsed(text)).data;
          if (entry === undefined) continue;
          if (channelId !== undefined && entry.channelId !== channelId) continue;
          if (tenantId !== undefined && entry.tenantId !== tenantId) continue;
          found.push({ ...entry, id, atMs: Number(id.split('-', 1)[0]) });
          if (found.length === limit) return found;
        }
        const last = page.at(-1)?.[0];
        if (last === undefined || page.length < pageSize) return found;
        end = `(${last}`;
      }
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
