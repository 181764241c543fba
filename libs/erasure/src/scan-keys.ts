import { mastersOf, type RedisClient } from '@posthorn/runtime';

const pageKeys = 1_000;

/** All keys that match, page by page; of a cluster those of every shard. A key may come twice. */
export async function* scanKeys(redis: RedisClient, pattern: string): AsyncIterable<readonly string[]> {
  for (const master of mastersOf(redis)) {
    let cursor = '0';
    do {
      const [next, keys] = await master.scan(cursor, 'MATCH', pattern, 'COUNT', pageKeys);
      cursor = next;
      if (keys.length > 0) yield keys;
    } while (cursor !== '0');
  }
}
