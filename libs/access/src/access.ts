import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '@posthorn/runtime';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';

/** `producer` sends and looks up, `ops` acts on what failed, `admin` changes channels and keys. */
export const roleSchema = z.enum(['producer', 'ops', 'admin']);
export type Role = z.infer<typeof roleSchema>;

/** Who calls. */
export interface Caller {
  readonly tenantId: string;
  readonly role: Role;
  readonly keyId: string;
}

/** A key as it is listed: never the key itself, it is not stored. */
export interface ApiKey extends Caller {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** API keys of an installation. */
export interface Access {
  /** `key` is shown this once and cannot be read again. */
  readonly createKey: (input: {
    readonly tenantId: string;
    readonly role: Role;
    readonly name: string;
  }) => Promise<{ readonly key: string; readonly id: string }>;
  /** The caller with this key (`phk_…`), or null. Remembered for up to 5 s, so a revoked key works that much longer. */
  readonly authenticate: (key: string) => Promise<Caller | null>;
  /** False if there is no such key. */
  readonly revoke: (id: string) => Promise<boolean>;
  readonly list: () => Promise<readonly ApiKey[]>;
}

const keysKey = 'posthorn:{access}:keys';
const keyPattern = /^phk_[A-Za-z0-9_-]{43}$/u;
const rememberMs = 5000;
const rememberMax = 10_000;

const recordSchema = z.object({
  hash: z.string(),
  tenantId: z.string(),
  role: roleSchema,
  name: z.string(),
  createdAt: z.number(),
});

/**
 * Keys are 256 random bits and stored as their SHA-256: there is nothing to guess, so a slow hash (made for passwords)
 * would only cost. An id is the beginning of the hash, which tells nothing of the key. Throws when Redis is away.
 */
export function createAccess({ redis, clock }: { readonly redis: Redis; readonly clock: Clock }): Access {
  // By hash, not by key: keys do not stay in memory. Unknown ones are not remembered, so a new key works at once.
  const callerByHash = new LRUCache<string, Caller>({
    max: rememberMax,
    ttl: rememberMs,
    perf: clock,
    ttlResolution: 0,
    fetchMethod: async (hash) => (await look(hash)) ?? undefined,
  });

  async function look(hash: string): Promise<Caller | null> {
    const keyId = idOf(hash);
    const stored = await redis.hget(keysKey, keyId);
    if (stored === null) return null;
    const { hash: known, tenantId, role } = recordSchema.parse(JSON.parse(stored));
    // Both are hashes of secrets, so comparing them in plain time tells nothing of a key.
    return known === hash ? { tenantId, role, keyId } : null;
  }

  return {
    async createKey({ tenantId, role, name }) {
      const key = `phk_${randomBytes(32).toString('base64url')}`;
      const hash = hashOf(key);
      const record: z.infer<typeof recordSchema> = { hash, tenantId, role, name, createdAt: clock.now() };
      await redis.hset(keysKey, idOf(hash), JSON.stringify(record));
      return { key, id: idOf(hash) };
    },
    async authenticate(key) {
      return keyPattern.test(key) ? ((await callerByHash.fetch(hashOf(key))) ?? null) : null;
    },
    async revoke(id) {
      const removed = await redis.hdel(keysKey, id);
      for (const hash of callerByHash.keys()) if (idOf(hash) === id) callerByHash.delete(hash);
      return removed === 1;
    },
    async list() {
      const stored = Object.entries(await redis.hgetall(keysKey));
      return stored
        .map(([keyId, text]) => {
          const { tenantId, role, name, createdAt } = recordSchema.parse(JSON.parse(text));
          return { keyId, tenantId, role, name, createdAt };
        })
        .toSorted((one, other) => one.createdAt - other.createdAt);
    },
  };
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

function idOf(hash: string): string {
  return `key_${hash.slice(0, 20)}`;
}
