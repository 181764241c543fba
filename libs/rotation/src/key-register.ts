import type { Clock, RedisClient } from '@posthorn/runtime';
import { createSealer, type KeyRing } from '@posthorn/sealing';

/** A key of which something may be sealed, as the register knows it. */
export interface RegisteredKey {
  readonly id: string;
  /** On the ring given here: `first` seals, `behind` opens; `missing`; `another`: the ring has other bytes under that id. */
  readonly here: 'first' | 'behind' | 'missing' | 'another';
}

/** What is said of the keys in use. */
export interface KeyUse {
  readonly keys: readonly RegisteredKey[];
  /** The rings of apps that run, as ids in their order: the first one of each seals. */
  readonly rings: readonly (readonly string[])[];
  /** Whether the look-up key is the fleet's. Null: no app has noted one. */
  readonly isLookupKeyTheSame: boolean | null;
}

/**
 * Which keys are in use, in Redis: for each id a proof (a text sealed with the key, that shows nothing of it), and which rings apps have.
 * By it each process sees that its ring lacks a key before anything of value cannot be opened.
 */
export interface KeyRegister {
  /** An app notes its ring, and the first key of it as in use. On a register that is new, also those behind it: something of theirs may be left. */
  readonly note: () => Promise<void>;
  readonly read: () => Promise<KeyUse>;
  /** Nothing is sealed with them any more. */
  readonly forget: (ids: readonly string[]) => Promise<void>;
}

/** Apps note their ring each minute: after three of them none runs with it any more. */
export const ringsKnownMs = 180_000;

const proofsKey = 'posthorn:{keys}:proofs';
const ringsKey = 'posthorn:{keys}:rings';
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
  const ids = [ring.currentId, ...[...ring.keyById.keys()].filter((id) => id !== ring.currentId)];
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
      const isNew = (await redis.hlen(proofsKey)) === 0;
      for (const id of isNew ? ids : [ring.currentId]) await redis.hsetnx(proofsKey, id, proofOf(id));
      await redis.setnx(lookupProofKey, lookupProof);
      await redis.zadd(ringsKey, clock.now(), ids.join(','));
      await redis.zremrangebyscore(ringsKey, '-inf', clock.now() - ringsKnownMs);
    },
    read: async () => {
      const proofs = Object.entries(await redis.hgetallBuffer(proofsKey));
      const rings = await redis.zrangebyscore(ringsKey, clock.now() - ringsKnownMs, '+inf');
      const noted = await redis.get(lookupProofKey);
      return {
        keys: proofs.map(([id, proof]) => ({ id, here: stateOf(id, proof) })),
        rings: rings.map((one) => one.split(',')),
        isLookupKeyTheSame: noted === null ? null : noted === lookupProof,
      };
    },
    forget: async (forgotten) => {
      if (forgotten.length > 0) await redis.hdel(proofsKey, ...forgotten);
    },
  };
}
