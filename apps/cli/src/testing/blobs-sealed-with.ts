import type { RedisClient } from '@posthorn/runtime';
import { z } from 'zod';

const typeSchema = z.enum(['string', 'hash', 'list', 'set', 'zset', 'stream', 'none']);

/** The keys of Redis in whose value, whatever its type, a blob lies that the key of that id sealed: found by its first bytes alone. */
export async function blobsSealedWith(redis: RedisClient, id: string): Promise<readonly string[]> {
  const head = Buffer.concat([Buffer.from([1, id.length]), Buffer.from(id)]);
  const found: string[] = [];
  for (const key of await redis.keys('*')) {
    const read = {
      string: async () => await redis.getBuffer(key),
      hash: async () => await redis.callBuffer('HGETALL', key),
      list: async () => await redis.lrangeBuffer(key, 0, -1),
      set: async () => await redis.smembersBuffer(key),
      zset: async () => await redis.callBuffer('ZRANGE', key, '0', '-1'),
      stream: async () => await redis.xrangeBuffer(key, '-', '+'),
    };
    const type = typeSchema.parse(await redis.type(key));
    if (type !== 'none' && holds(await read[type](), head)) found.push(key);
  }
  return found;
}

function holds(value: unknown, head: Buffer): boolean {
  if (Buffer.isBuffer(value)) return value.subarray(0, head.byteLength).equals(head);
  return Array.isArray(value) && value.some((each) => holds(each, head));
}
