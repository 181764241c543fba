import type { RedisClient } from '@posthorn/runtime';
import { z } from 'zod';

const typeSchema = z.enum(['string', 'hash', 'list', 'set', 'zset', 'stream', 'none']);

/** A key of Redis and all that stands in it, whatever its type: of a hash fields and values by turns. */
export interface StoredKey {
  readonly key: string;
  readonly type: z.output<typeof typeSchema>;
  readonly values: readonly Buffer[];
}

/** All that Redis holds. */
export async function readEverything(redis: RedisClient): Promise<readonly StoredKey[]> {
  const found: StoredKey[] = [];
  for (const key of await redis.keys('*')) {
    const read = {
      string: async () => await redis.getBuffer(key),
      hash: async () => await redis.callBuffer('HGETALL', key),
      list: async () => await redis.lrangeBuffer(key, 0, -1),
      set: async () => await redis.smembersBuffer(key),
      zset: async () => await redis.callBuffer('ZRANGE', key, '0', '-1'),
      stream: async () => await redis.xrangeBuffer(key, '-', '+'),
      // It ended meanwhile.
      none: async () => await Promise.resolve([]),
    };
    const type = typeSchema.parse(await redis.type(key));
    found.push({ key, type, values: flatten(await read[type]()) });
  }
  return found;
}

function flatten(value: unknown): readonly Buffer[] {
  if (Buffer.isBuffer(value)) return [value];
  if (typeof value === 'string') return [Buffer.from(value)];
  return Array.isArray(value) ? value.flatMap(flatten) : [];
}
