import { createRedisScript, type RedisClient } from '@posthorn/runtime';
import { sealedHeadBytes, type SealedSpot } from '@posthorn/sealing';
import { z } from 'zod';

/** One blob, and where in its key it lies: a field of a hash, or ''. */
export interface SealedValue {
  readonly field: string;
  readonly blob: Buffer;
}

/** Reads sealed blobs, and replaces each only if it is still what was read. */
export interface SealedValues {
  /** Of a key that holds one value only the head, if that is enough: bodies of webhooks are large. Nothing if the key is gone. */
  readonly read: (key: string, spot: SealedSpot, part: 'heads' | 'whole') => Promise<readonly SealedValue[]>;
  /** Those that changed meanwhile stay. What else the key holds, and its time to live, is as before. Answers how many were replaced. */
  readonly replace: (
    key: string,
    spot: SealedSpot,
    changes: readonly { readonly field: string; readonly from: Buffer; readonly to: Buffer }[],
  ) => Promise<number>;
}

/** So many blobs are replaced in one script, which nothing else interrupts. */
const changesMost = 50;

/** ARGV: value | items | fields, then for each blob its field, what it must be, what it becomes. */
const replaceLua = `
local done = 0
for at = 2, #ARGV, 3 do
  local field, from, to = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  if ARGV[1] == 'value' then
    if redis.call('GET', KEYS[1]) == from then
      redis.call('SET', KEYS[1], to, 'KEEPTTL')
      done = done + 1
    end
  elseif ARGV[1] == 'items' then
    local index = redis.call('LPOS', KEYS[1], from)
    if index then
      redis.call('LSET', KEYS[1], index, to)
      done = done + 1
    end
  elseif redis.call('HGET', KEYS[1], field) == from then
    redis.call('HSET', KEYS[1], field, to)
    done = done + 1
  end
end
return done`;

const bufferSchema = z.instanceof(Buffer).nullable();

/** Sealed blobs on Redis. Each call stays within one key, so within one slot of a cluster. */
export function createSealedValues(redis: RedisClient): SealedValues {
  // It makes nothing larger, and a leaked key does not wait for memory.
  const replace = createRedisScript(redis, replaceLua, { allowOom: true });
  return {
    read: async (key, spot, part) => {
      const all = await readAll(redis, key, spot, part);
      // What was done with is kept empty, as a mark.
      return all.filter(({ blob }) => blob.byteLength > 0);
    },
    replace: async (key, spot, changes) => {
      const kind = spot.kind === 'field' ? 'fields' : spot.kind;
      let done = 0;
      for (let at = 0; at < changes.length; at += changesMost) {
        const some = changes.slice(at, at + changesMost);
        const args = some.flatMap(({ field, from, to }) => [field, from, to]);
        done += z.number().parse(await replace([key], [kind, ...args]));
      }
      return done;
    },
  };
}

async function readAll(
  redis: RedisClient,
  key: string,
  spot: SealedSpot,
  part: 'heads' | 'whole',
): Promise<readonly SealedValue[]> {
  switch (spot.kind) {
    case 'value': {
      if (part === 'heads') return [{ field: '', blob: await redis.getrangeBuffer(key, 0, sealedHeadBytes - 1) }];
      const blob = await redis.getBuffer(key);
      return blob === null ? [] : [{ field: '', blob }];
    }
    case 'field': {
      const blob = bufferSchema.parse(await redis.hgetBuffer(key, spot.field));
      return blob === null ? [] : [{ field: spot.field, blob }];
    }
    case 'fields':
      return Object.entries(await redis.hgetallBuffer(key)).map(([field, blob]) => ({ field, blob }));
    case 'items':
      return (await redis.lrangeBuffer(key, 0, -1)).map((blob) => ({ field: '', blob }));
    default:
      return spot satisfies never;
  }
}
