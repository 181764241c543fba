import { createHash } from 'node:crypto';
import { messageIdSchema, type TenantId } from '@posthorn/message';
import { createRedisScript, type RedisClient } from '@posthorn/runtime';
import { z } from 'zod';
import type { Reservation, Reservations } from './submission-deps.ts';

/** SET … NX GET in one would do on Redis 7; 6.2 refuses the two together. */
const reserveLua = `
local standing = redis.call('GET', KEYS[1])
if standing then return standing end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]
`;

const storedSchema = z.object({ id: messageIdSchema, print: z.string() });

/**
 * Producers' idempotency keys, each in its tenant's slot, until it expires by itself. The key is stored as a hash: it is
 * the producer's own text, of any size and content.
 */
export function createIdempotency({ redis }: { readonly redis: RedisClient }): Reservations {
  const reserveScript = createRedisScript(redis, reserveLua);
  return {
    async reserve(tenantId, key, wanted, ttlMs) {
      const text = JSON.stringify({ id: wanted.id, print: wanted.fingerprint });
      const standing = await reserveScript([keyOf(tenantId, key)], [text, Math.ceil(ttlMs)]);
      return read(String(standing));
    },
    async find(tenantId, key) {
      const standing = await redis.get(keyOf(tenantId, key));
      return standing === null ? null : read(standing);
    },
  };
}

function keyOf(tenantId: TenantId, key: string): string {
  return `posthorn:{t:${tenantId}}:idem:${createHash('sha256').update(key).digest('base64url')}`;
}

function read(text: string): Reservation {
  const { id, print } = storedSchema.parse(JSON.parse(text));
  return { id, fingerprint: print };
}
