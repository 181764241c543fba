import type { Clock } from '@posthorn/runtime';
import { LRUCache } from 'lru-cache';
import type { Tenants } from './tenants.ts';

/** How long a tenant's content is kept. */
export interface ContentRetention {
  /** In ms; null: the defaults. What others set is seen within 5 s. Throws when Redis is away. */
  readonly of: (tenantId: string) => Promise<number | null>;
}

const seenMs = 5000;
const tenantsMax = 10_000;

/** Remembers what it read, for those who ask with every message. */
export function createContentRetention({
  tenants,
  clock,
}: {
  readonly tenants: Pick<Tenants, 'get'>;
  readonly clock: Clock;
}): ContentRetention {
  const known = new LRUCache<string, { readonly keptMs: number | null }>({
    max: tenantsMax,
    ttl: seenMs,
    ttlResolution: 0,
    perf: clock,
  });
  return {
    of: async (tenantId) => {
      const seen = known.get(tenantId);
      if (seen !== undefined) return seen.keptMs;
      const { contentKeptMs } = await tenants.get(tenantId);
      known.set(tenantId, { keptMs: contentKeptMs });
      return contentKeptMs;
    },
  };
}
