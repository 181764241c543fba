import { createSealer, type KeyRing } from '@posthorn/sealing';
import type { Clock, RedisClient } from '@posthorn/runtime';

/** A key of which something may be sealed, as the register knows it. */
export interface RegisteredKey {
  readonly id: string;
  /** On the ring given here: `first` seals, `behind` opens; `missing`; `another`: the ring has other bytes under that id. */
  readonly here: 'first' | 'behind' | 'missing' | 'another';
  /** When an app last said that it seals with it, in ms since 1970; null: none did since it was noted. */
  readonly sealsAtMs: number | null;
}

/** What is said of the keys in use. */
export interface KeyUse {
  readonly keys: readonly RegisteredKey[];
  /** Whether the look-up key is the fleet's. Null: no app has noted one. */
  readonly isLookupKeyTheSame: boolean | null;
}

/**
 * Which keys are in use, in Redis: for each id a proof (a text sealed with the key, that shows nothing of it) and when an app last
 * said that it seals with it. By it each process sees that its ring lacks a key before anything of value cannot be opened.
 */
export interface KeyRegister {
  /** Notes the first key of the ring as in use. On a register that is new, also those behind it: something of theirs may be left. */
  readonly note: () => Promise<void>;
  readonly read: () => Promise<KeyUse>;
  /** Nothing is sealed with them any more. */
  readonly forget: (ids: readonly string[]) => Promise<void>;
}

/** Apps note their key each minute: three of them missed, and none seals with it any more. */
export const sealsForMs = 180_000;

const proofsKey = 'posthorn:{keys}:proofs';
const sealsKey = 'posthorn:{keys}:seals';
const lookupProofKey = 'posthorn:{keys}:lookup';
const proofText = 'this key is in use';

export function createKeyRegister({
  redis,
  ring,
  clock,
}: {
  readonly redis: RedisClient;
  readonly ring: KeyRing;
  readonly clock: Clock;
}): KeyRegister {
  const sealer = createSealer(ring);
  const contextOf = (id: string): string => `key ${id}`;
  const proofOf = (id: string): Buffer => createSealer({ ...ring, currentId: id }).seal(proofText, contextOf(id));
  const lookupProof = sealer.lookupHash('the look-up key');

  const stateOf = (id: string, proof: Buffer): RegisteredKey['here'] => {
    if (!ring.keyById.has(id)) return 'missing';
    if (sealer.open(proof, contextOf(id)) === null) return 'another';
    return id === ring.currentId ? 'first' : 'behind';
  };

  return {
    note: async () => {
      const noted = await redis.hgetallBuffer(proofsKey);
      const ids = Object.keys(noted).length === 0 ? [...ring.keyById.keys()] : [ring.currentId];
      for (const id of ids) if (noted[id] === undefined) await redis.hsetnx(proofsKey, id, proofOf(id));
      await redis.setnx(lookupProofKey, lookupProof);
      const proof = await redis.hgetBuffer(proofsKey, ring.currentId);
      if (proof !== null && stateOf(ring.currentId, proof) === 'first')
        await redis.zadd(sealsKey, clock.now(), ring.currentId);
    },
    read: async () => {
      const proofs = Object.entries(await redis.hgetallBuffer(proofsKey));
      const keys = await Promise.all(
        proofs.map(async ([id, proof]): Promise<RegisteredKey> => {
          const sealsAt = await redis.zscore(sealsKey, id);
          return { id, here: stateOf(id, proof), sealsAtMs: sealsAt === null ? null : Number(sealsAt) };
        }),
      );
      const noted = await redis.get(lookupProofKey);
      return { keys, isLookupKeyTheSame: noted === null ? null : noted === lookupProof };
    },
    forget: async (ids) => {
      if (ids.length > 0)
        await redis
          .multi()
          .hdel(proofsKey, ...ids)
          .zrem(sealsKey, ...ids)
          .exec();
    },
  };
}
