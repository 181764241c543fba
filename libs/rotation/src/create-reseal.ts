import type { RedisClient } from '@posthorn/runtime';
import { createSealer, keyIdOf, type KeyRing, type SealedPlace } from '@posthorn/sealing';
import { createSealedValues } from './sealed-values.ts';

/** What became of the blobs of one key of Redis. */
export interface Resealed {
  /** Sealed anew; of a dry run: that would be. */
  readonly resealed: number;
  /** Sealed with the first key before, or by others meanwhile. */
  readonly current: number;
  /** Blobs that no key of the ring opens. */
  readonly unreadable: readonly Buffer[];
  /** Blobs that are still sealed with another key: because they changed again and again, or this is a dry run. */
  readonly left: readonly Buffer[];
}

const triesMost = 5;

/** Seals anew, with the first key of the ring, what lies in one key of Redis: each blob only if it is still what was read. */
export function createReseal({ redis, ring }: { readonly redis: RedisClient; readonly ring: KeyRing }) {
  const sealer = createSealer(ring);
  const values = createSealedValues(redis);
  const isCurrent = ({ blob }: { readonly blob: Buffer }): boolean => keyIdOf(blob) === ring.currentId;

  return async function reseal(
    key: string,
    { spot, contextOf }: SealedPlace,
    groups: Readonly<Record<string, string>>,
    dryRun: boolean,
  ): Promise<Resealed> {
    const heads = await values.read(key, spot, 'heads');
    if (heads.every(isCurrent)) return { resealed: 0, current: heads.length, unreadable: [], left: [] };
    let resealed = 0;
    for (let tries = 0; ; tries += 1) {
      const read = await values.read(key, spot, 'whole');
      const opened = read
        .filter((value) => !isCurrent(value))
        .map(({ field, blob }) => {
          const context = contextOf(groups, field);
          return { field, blob, context, plain: sealer.open(blob, context) };
        });
      const readable = opened.flatMap(({ plain, ...value }) => (plain === null ? [] : [{ ...value, plain }]));
      if (dryRun || readable.length === 0 || tries === triesMost) {
        return {
          resealed: dryRun ? readable.length : resealed,
          current: Math.max(0, read.length - opened.length - resealed),
          unreadable: opened.flatMap(({ plain, blob }) => (plain === null ? [blob] : [])),
          left: readable.map(({ blob }) => blob),
        };
      }
      resealed += await values.replace(
        key,
        spot,
        readable.map(({ field, blob, plain, context }) => ({ field, from: blob, to: sealer.seal(plain, context) })),
      );
    }
  };
}
