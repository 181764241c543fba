import type { OptOutWords } from '@posthorn/message';
import { optOutWordsSchema } from '@posthorn/message';
import type { Clock, RedisClient } from '@posthorn/runtime';
import { LRUCache } from 'lru-cache';

/** By which words a tenant's recipients opt out of marketing. A channel's own come first. */
export interface TenantWords {
  /** Null: nothing is set. What others set is seen within 5 s. Throws when Redis is away. */
  readonly of: (tenantId: string) => Promise<OptOutWords | null>;
  /** Null: as if nothing had ever been set. */
  readonly set: (tenantId: string, words: OptOutWords | null) => Promise<void>;
}

const wordsKey = 'posthorn:{access}:opt-out-words';
const seenMs = 5000;
const tenantsMax = 10_000;

export function createTenantWords({
  redis,
  clock,
}: {
  readonly redis: RedisClient;
  readonly clock: Clock;
}): TenantWords {
  const known = new LRUCache<string, { readonly words: OptOutWords | null }>({
    max: tenantsMax,
    ttl: seenMs,
    ttlResolution: 0,
    perf: clock,
  });
  return {
    of: async (tenantId) => {
      const seen = known.get(tenantId);
      if (seen !== undefined) return seen.words;
      const text = await redis.hget(wordsKey, tenantId);
      const words = text === null ? null : optOutWordsSchema.parse(JSON.parse(text));
      known.set(tenantId, { words });
      return words;
    },
    set: async (tenantId, words) => {
      if (words === null) await redis.hdel(wordsKey, tenantId);
      else await redis.hset(wordsKey, tenantId, JSON.stringify(words));
      known.delete(tenantId);
    },
  };
}
