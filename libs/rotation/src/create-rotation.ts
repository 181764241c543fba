import { setTimeout as delay } from 'node:timers/promises';
import { mastersOf, type RedisClient } from '@posthorn/runtime';
import { keyIdOf, type KeyRing, type SealedPlace } from '@posthorn/sealing';
import { createReseal } from './create-reseal.ts';

/** What was found at one place. */
export interface PlaceReport {
  readonly place: string;
  /** Sealed anew by this run; of a dry run: that would be. */
  readonly resealed: number;
  /** Sealed with the first key before. */
  readonly current: number;
  /** Their key is not on the ring, or they are damaged. */
  readonly unreadable: number;
  /** They changed again and again while this run looked at them. */
  readonly left: number;
  /** Where some of the unreadable ones lie. */
  readonly examples: readonly string[];
}

export interface RotationReport {
  readonly places: readonly PlaceReport[];
  readonly keysLookedAt: number;
  /** How many blobs are still sealed with keys that are not the first, by their id; `''`: it could not be told. */
  readonly remainingById: ReadonlyMap<string, number>;
}

export interface RotationOptions {
  /** Only counts. */
  readonly dryRun: boolean;
  /** So many keys of Redis are looked at each second, at most. */
  readonly keysPerSecond: number;
  /** Called now and then with how many keys have been looked at, and how many blobs were sealed anew. */
  readonly onProgress?: (looked: number, resealed: number) => void;
}

export interface RotationDeps {
  readonly redis: RedisClient;
  readonly ring: KeyRing;
  readonly places: readonly SealedPlace[];
}

const pageKeys = 250;
/** So many keys are worked on at once: their blobs are held in memory. */
const atOnce = 16;
const examplesMost = 3;

type Tally = { -readonly [Name in keyof PlaceReport]: PlaceReport[Name] } & { readonly examples: string[] };

/**
 * Walks all keys of Redis and seals with the first key what another key of the ring sealed, each blob by compare-and-set: whatever
 * is written meanwhile stays as it was written. It can be ended at any moment and run again; what is done is not done twice.
 */
export function createRotation({ redis, ring, places }: RotationDeps): {
  readonly run: (options: RotationOptions) => Promise<RotationReport>;
} {
  const reseal = createReseal({ redis, ring });

  return {
    run: async ({ dryRun, keysPerSecond, onProgress }) => {
      const remainingById = new Map<string, number>();
      const tallies = places.map((place): [SealedPlace, Tally] => [
        place,
        { place: place.name, resealed: 0, current: 0, unreadable: 0, left: 0, examples: [] },
      ]);
      let keysLookedAt = 0;

      async function look(key: string): Promise<void> {
        for (const [place, tally] of tallies) {
          const match = place.key.exec(key);
          if (match === null) continue;
          const { resealed, current, unreadable, left } = await reseal(key, place, match.groups ?? {}, dryRun);
          for (const blob of [...unreadable, ...left]) {
            const id = keyIdOf(blob) ?? '';
            remainingById.set(id, (remainingById.get(id) ?? 0) + 1);
          }
          tally.resealed += resealed;
          tally.current += current;
          tally.unreadable += unreadable.length;
          // What a dry run leaves is told as what would be sealed anew.
          if (!dryRun) tally.left += left.length;
          if (unreadable.length > 0 && tally.examples.length < examplesMost) tally.examples.push(key);
        }
      }

      for (const master of mastersOf(redis)) {
        let cursor = '0';
        do {
          const startedAt = performance.now();
          const [next, keys] = await master.scan(cursor, 'MATCH', 'posthorn:*', 'COUNT', pageKeys);
          cursor = next;
          for (let at = 0; at < keys.length; at += atOnce) await Promise.all(keys.slice(at, at + atOnce).map(look));
          keysLookedAt += keys.length;
          onProgress?.(
            keysLookedAt,
            tallies.reduce((sum, [, { resealed }]) => sum + resealed, 0),
          );
          const restMs = (keys.length / keysPerSecond) * 1_000 - (performance.now() - startedAt);
          if (cursor !== '0' && restMs > 0) await delay(restMs);
        } while (cursor !== '0');
      }
      return { places: tallies.map(([, tally]) => tally), keysLookedAt, remainingById };
    },
  };
}
