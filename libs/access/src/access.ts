import { hash as digest, randomBytes } from 'node:crypto';
import { tenantIdSchema, type TenantId } from '@posthorn/message';
import type { Clock, RedisClient } from '@posthorn/runtime';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { roleSchema, type Role } from './role.ts';

/** Who calls. */
export interface Caller {
  readonly tenantId: TenantId;
  readonly role: Role;
  readonly keyId: string;
}

/** A key as it is listed: never the key itself, it is not stored. */
export interface ApiKey extends Caller {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** When somebody last came with it, to about a minute; null: nobody did yet. */
  readonly lastUsedAt: number | null;
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
const usedKey = 'posthorn:{access}:used';
const keyPattern = /^phk_[A-Za-z0-9_-]{43}$/u;
const rememberMs = 5000;
const rememberMax = 10_000;
const noteUseMs = 60_000;

const recordSchema = z.object({
  hash: z.string(),
  tenantId: tenantIdSchema,
  role: roleSchema,
  name: z.string(),
  createdAt: z.number(),
});

/**
 * Keys are 256 random bits and stored as their SHA-256: there is nothing to guess, so a slow hash (made for passwords)
 * would only cost. An id is the beginning of the hash, which tells nothing of the key. Throws when Redis is away.
 */
export function createAccess({ redis, clock }: { readonly redis: RedisClient; readonly clock: Clock }): Access {
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

  const notedAtById = new LRUCache<string, number>({ max: rememberMax });

  /** Nobody waits for it, and it is lost when Redis is away. */
  function noteUse(keyId: string): void {
    const nowMs = clock.now();
    const notedAt = notedAtById.get(keyId);
    if (notedAt !== undefined && nowMs - notedAt < noteUseMs) return;
    notedAtById.set(keyId, nowMs);
    redis.hset(usedKey, keyId, String(nowMs)).catch(() => {});
  }

  return {
    async createKey({ tenantId, role, name }) {
      const key = `phk_${randomBytes(32).toString('base64url')}`;
      const hash = hashOf(key);
      const record = recordSchema.parse({ hash, tenantId, role, name, createdAt: clock.now() });
      await redis.hset(keysKey, idOf(hash), JSON.stringify(record));
      return { key, id: idOf(hash) };
    },
    async authenticate(key) {
      const caller = keyPattern.test(key) ? await callerByHash.fetch(hashOf(key)) : undefined;
      if (caller === undefined) return null;
      noteUse(caller.keyId);
      return caller;
    },
    async revoke(id) {
      const removed = await redis.hdel(keysKey, id);
      await redis.hdel(usedKey, id);
      for (const hash of callerByHash.keys()) if (idOf(hash) === id) callerByHash.delete(hash);
      return removed === 1;
    },
    async list() {
      const [stored, used] = await Promise.all([redis.hgetall(keysKey), redis.hgetall(usedKey)]);
      // Noted by a process that still remembered the key when it was revoked.
      const gone = Object.keys(used).filter((id) => stored[id] === undefined);
      if (gone.length > 0) await redis.hdel(usedKey, ...gone);
      return Object.entries(stored)
        .map(([keyId, text]) => {
          const { tenantId, role, name, createdAt } = recordSchema.parse(JSON.parse(text));
          const lastUsedAt = used[keyId] === undefined ? null : Number(used[keyId]);
          return { keyId, tenantId, role, name, createdAt, lastUsedAt };
        })
        .toSorted((one, other) => one.createdAt - other.createdAt);
    },
  };
}

function hashOf(key: string): string {
  return digest('sha256', key, 'base64url');
}

function idOf(hash: string): string {
  return `key_${hash.slice(0, 20)}`;
}
