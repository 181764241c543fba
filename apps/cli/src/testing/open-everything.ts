import type { RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { z } from 'zod';
import { sealedPlaces } from '../sealed-places.ts';

const typeSchema = z.enum(['string', 'hash', 'list', 'set', 'zset', 'stream', 'none']);

/** Every key of Redis with what stands in it, as it is and, wherever something sealed lies, opened. */
export async function openEverything(redis: RedisClient, sealer: Sealer): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
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
    const values = type === 'none' ? [] : flatten(await read[type]());
    const opened = values.flatMap((value, at) =>
      sealedPlaces.flatMap((place) => {
        const match = place.key.exec(key);
        // Of a hash a value stands after its field.
        const field = type === 'hash' ? (values[at - 1]?.toString() ?? '') : '';
        return match === null ? [] : (sealer.open(value, place.contextOf(match.groups ?? {}, field)) ?? []);
      }),
    );
    found.set(key, [Buffer.from(key), ...values, ...opened].map((each) => each.toString('latin1')).join('\n'));
  }
  return found;
}

function flatten(value: unknown): readonly Buffer[] {
  if (Buffer.isBuffer(value)) return [value];
  if (typeof value === 'string') return [Buffer.from(value)];
  return Array.isArray(value) ? value.flatMap(flatten) : [];
}
