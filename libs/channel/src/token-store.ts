import type { ChannelId } from '@posthorn/message';
import { createRedisScript, type RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { z } from 'zod';

/** An access token that expires, as it is stored. Times in milliseconds since 1970. */
export interface StoredToken {
  /** Differs from that of any other token of the channel. */
  readonly version: number;
  readonly token: string;
  /** Which credentials it was issued for: a token of others is of no use. */
  readonly credentials: string;
  readonly expiresAtMs: number;
  /** When it should be renewed. */
  readonly dueAtMs: number;
}

/** What is known of a channel's token. */
export interface TokenState {
  /** Null: none is stored, or it cannot be opened. */
  readonly token: StoredToken | null;
  /** Of what is stored, readable or not; 0: nothing. To be given back to `store`. */
  readonly version: number;
  /** Failed renewals in a row, and how long the next one waits. */
  readonly failures: number;
  readonly notBeforeMs: number;
  /** The revision of the channel whose credentials the issuer refused last; null: none. */
  readonly refused: string | null;
}

/**
 * The tokens of channels, each sealed in its channel's slot (`posthorn:{<channelId>}:token`), its expiry in the clear. One renewal at a
 * time: a lock with a time limit beside it, released by its owner only. The lock saves calls; what keeps a slow owner, whose lock
 * ran out, from replacing a newer token is the version: a token is stored only over the one it was meant to replace.
 */
export interface TokenStore {
  readonly read: (id: ChannelId) => Promise<TokenState>;
  /** Compare and set. `newer`: something else is stored by now, and stays. Forgets failures and refusals. */
  readonly store: (
    id: ChannelId,
    replaces: number,
    token: Omit<StoredToken, 'version'>,
  ) => Promise<{ readonly kind: 'stored'; readonly version: number } | { readonly kind: 'newer' }>;
  /** Notes a failed renewal; `refused`: the revision whose credentials the issuer does not take, null if it was only unavailable. */
  readonly fail: (id: ChannelId, notBeforeMs: number, refused: string | null) => Promise<void>;
  /** False: another owner has it. It ends by itself after `limitMs`. */
  readonly lock: (id: ChannelId, owner: string, limitMs: number) => Promise<boolean>;
  readonly unlock: (id: ChannelId, owner: string) => Promise<void>;
  /** Forgets everything of a channel that is gone. */
  readonly drop: (id: ChannelId) => Promise<void>;
}

/** What is stored outlives its token by a day, so that versions go on; nothing of a removed channel stays longer. */
const keptMs = 86_400_000;

const storeLua = `
if (redis.call('HGET', KEYS[1], 'v') or '0') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'f', 'nb', 'no')
redis.call('HSET', KEYS[1], 't', ARGV[2], 'c', ARGV[3], 'ea', ARGV[4], 'due', ARGV[5])
local version = redis.call('HINCRBY', KEYS[1], 'v', 1)
redis.call('PEXPIREAT', KEYS[1], tonumber(ARGV[4]) + ${keptMs})
return version`;

const failLua = `
redis.call('HINCRBY', KEYS[1], 'f', 1)
redis.call('HSET', KEYS[1], 'nb', ARGV[1])
if ARGV[2] == '' then redis.call('HDEL', KEYS[1], 'no') else redis.call('HSET', KEYS[1], 'no', ARGV[2]) end
if redis.call('PTTL', KEYS[1]) < ${keptMs} then redis.call('PEXPIRE', KEYS[1], ${keptMs}) end
return 1`;

const unlockLua = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

const text = z.instanceof(Buffer).transform(String);
const number = text.nullable().transform(Number);
const stateSchema = z.tuple([
  z.instanceof(Buffer).nullable(),
  text.nullable(),
  number,
  number,
  number,
  number,
  number,
  text.nullable(),
]);

export function createTokenStore({ redis, sealer }: { redis: RedisClient; sealer: Sealer }): TokenStore {
  const store = createRedisScript(redis, storeLua);
  const fail = createRedisScript(redis, failLua);
  const unlock = createRedisScript(redis, unlockLua);
  return {
    read: async (id) => {
      const fields = await redis.hmgetBuffer(tokenKey(id), 't', 'c', 'v', 'ea', 'due', 'f', 'nb', 'no');
      const [blob, credentials, version, expiresAtMs, dueAtMs, failures, notBeforeMs, refused] =
        stateSchema.parse(fields);
      const plain = blob === null ? null : sealer.open(blob, sealContext(id));
      const token =
        plain === null || credentials === null
          ? null
          : { version, token: plain.toString(), credentials, expiresAtMs, dueAtMs };
      return { token, version, failures, notBeforeMs, refused };
    },
    store: async (id, replaces, { token, credentials, expiresAtMs, dueAtMs }) => {
      const sealed = sealer.seal(token, sealContext(id));
      const args = [replaces, sealed, credentials, Math.round(expiresAtMs), Math.round(dueAtMs)];
      const version = z.number().parse(await store([tokenKey(id)], args));
      return version === 0 ? { kind: 'newer' } : { kind: 'stored', version };
    },
    fail: async (id, notBeforeMs, refused) => {
      await fail([tokenKey(id)], [Math.round(notBeforeMs), refused ?? '']);
    },
    lock: async (id, owner, limitMs) => (await redis.set(lockKey(id), owner, 'PX', limitMs, 'NX')) !== null,
    unlock: async (id, owner) => {
      await unlock([lockKey(id)], [owner]);
    },
    drop: async (id) => {
      await redis.unlink(tokenKey(id), lockKey(id));
    },
  };
}

/** Where a channel's token lies. */
export function tokenKey(id: ChannelId): string {
  return `posthorn:{${id}}:token`;
}

function lockKey(id: ChannelId): string {
  return `posthorn:{${id}}:token-lock`;
}

function sealContext(id: ChannelId): string {
  return `token ${id}`;
}
