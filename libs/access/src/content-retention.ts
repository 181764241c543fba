import type { Clock, RedisClient } from '@posthorn/runtime';
import { LRUCache } from 'lru-cache';
import { createTenants } from './tenants.ts';

/** How long a tenant's content is kept. */
export interface ContentRetention {
  /** In ms; null: the defaults. What others set is seen within 5 s. Throws when Redis is away. */
  readonly of: (tenantId: string) => Promise<number | null>;
  /** The same for files: a day at least, so that whoever is told of one, or is to send it, finds it. */
  readonly ofFiles: (tenantId: string) => Promise<number | null>;
}

const seenMs = 5000;
const tenantsMax = 10_000;
const fileLeastMs = 86_400_000;

/** Remembers what it read, for those who ask with every message. */
export function createContentRetention({
  redis,
  clock,
}: {
  readonly redis: RedisClient;
  readonly clock: Clock;
}): ContentRetention {
  const tenants = createTenants({ redis });
  const known = new LRUCache<string, { readonly keptMs: number | null }>({
    max: tenantsMax,
    ttl: seenMs,
    ttlResolution: 0,
    perf: clock,
  });
  const of = async (tenantId: string): Promise<number | null> => {
    const seen = known.get(tenantId);
    if (seen !== undefined) return seen.keptMs;
    const { contentKeptMs } = await tenants.get(tenantId);
    known.set(tenantId, { keptMs: contentKeptMs });
    return contentKeptMs;
  };
  return {
    of,
    ofFiles: async (tenantId) => {
      const keptMs = await of(tenantId);
      return keptMs === null ? null : Math.max(keptMs, fileLeastMs);
    },
  };
}
