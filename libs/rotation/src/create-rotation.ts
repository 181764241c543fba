import { setTimeout as delay } from 'node:timers/promises';
import { mastersOf, type RedisClient } from '@posthorn/runtime';
import { createSealer, keyIdOf, type KeyRing, type SealedPlace } from '@posthorn/sealing';

import { createSealedValues, type SealedValue } from './sealed-values.ts';

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
const triesMost = 5;
const examplesMost = 3;

type Tally = { -readonly [Name in keyof PlaceReport]: PlaceReport[Name] } & { readonly examples: string[] };

/**
 * Walks all keys of Redis and seals with the first key what another key of the ring sealed, each blob by compare-and-set: whatever
 * is written meanwhile stays as it was written. It can be ended at any moment and run again; what is done is not done twice.
 */
export function createRotation({ redis, ring, places }: RotationDeps): {
  readonly run: (options: RotationOptions) => Promise<RotationReport>;
} {
  const sealer = createSealer(ring);
  const values = createSealedValues(redis);
  const isCurrent = ({ blob }: SealedValue): boolean => keyIdOf(blob) === ring.currentId;

  return {
    run: async ({ dryRun, keysPerSecond, onProgress }) => {
      const remainingById = new Map<string, number>();
      const tallies = places.map((place): [SealedPlace, Tally] => [
        place,
        { place: place.name, resealed: 0, current: 0, unreadable: 0, left: 0, examples: [] },
      ]);
      let keysLookedAt = 0;

      const stays = (blob: Buffer): void => {
        const id = keyIdOf(blob) ?? '';
        remainingById.set(id, (remainingById.get(id) ?? 0) + 1);
      };

      async function look(key: string): Promise<void> {
        for (const [place, tally] of tallies) {
          const match = place.key.exec(key);
          if (match !== null) await rotate(key, place, match.groups ?? {}, tally);
        }
      }

      async function rotate(
        key: string,
        place: SealedPlace,
        groups: Readonly<Record<string, string>>,
        tally: Tally,
      ): Promise<void> {
        const heads = await values.read(key, place.spot, 'heads');
        if (heads.every(isCurrent)) {
          tally.current += heads.length;
          return;
        }
        let resealed = 0;
        for (let tries = 1; ; tries += 1) {
          const read = await values.read(key, place.spot, 'whole');
          const old = read.filter((value) => !isCurrent(value));
          const opened = old.map(({ field, blob }) => {
            const context = place.contextOf(groups, field);
            return { field, blob, context, plain: sealer.open(blob, context) };
          });
          const readable = opened.flatMap(({ plain, ...value }) => (plain === null ? [] : [{ ...value, plain }]));
          const last = dryRun || readable.length === 0 || tries > triesMost;
          if (last) {
            const unreadable = opened.filter(({ plain }) => plain === null);
            for (const { blob } of old) stays(blob);
            tally.unreadable += unreadable.length;
            if (unreadable.length > 0 && tally.examples.length < examplesMost) tally.examples.push(key);
            if (dryRun) tally.resealed += readable.length;
            else tally.left += readable.length;
            // What came or was sealed anew by others meanwhile counts as current.
            tally.resealed += resealed;
            tally.current += Math.max(0, read.length - old.length - resealed);
            return;
          }
          resealed += await values.replace(
            key,
            place.spot,
            readable.map(({ field, blob, plain, context }) => ({ field, from: blob, to: sealer.seal(plain, context) })),
          );
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
