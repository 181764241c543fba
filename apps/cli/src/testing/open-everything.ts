import type { RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { sealedPlaces } from '../sealed-places.ts';
import { readEverything } from './read-everything.ts';

/** Every key of Redis with what stands in it, as it is and, wherever something sealed lies, opened. */
export async function openEverything(redis: RedisClient, sealer: Sealer): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { key, type, values } of await readEverything(redis)) {
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
