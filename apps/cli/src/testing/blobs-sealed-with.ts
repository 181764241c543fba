import type { RedisClient } from '@posthorn/runtime';
import { readEverything } from './read-everything.ts';

/** The keys of Redis in whose value, whatever its type, a blob lies that the key of that id sealed: found by its first bytes alone. */
export async function blobsSealedWith(redis: RedisClient, id: string): Promise<readonly string[]> {
  const head = Buffer.concat([Buffer.from([1, id.length]), Buffer.from(id)]);
  const isSealedSo = (value: Buffer): boolean => value.subarray(0, head.byteLength).equals(head);
  return (await readEverything(redis)).flatMap(({ key, values }) => (values.some(isSealedSo) ? key : []));
}
