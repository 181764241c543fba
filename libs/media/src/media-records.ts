import { channelIdSchema, mediaIdSchema, tenantIdSchema } from '@posthorn/message';
import type { ChannelId, InboundId, MediaId, TenantId } from '@posthorn/message';
import { createRedisScript, type RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { z } from 'zod';
import type { Medium } from './medium.ts';

/** All keys of the store lie in one slot, so that a record, its place in the index and the books change together. */
const base = 'posthorn:{media}:';
/** A write that takes longer has died. */
const writingMs = 3_600_000;

/**
 * ARGV: 1 id, 2 now, 3 writing until, 4 bytes (0: not known yet), 5 budget. The index knows the file before the place does: what a
 * crash leaves is found by it.
 */
const beginLua = `
if tonumber(redis.call('GET', KEYS[3]) or '0') + tonumber(ARGV[4]) > tonumber(ARGV[5]) then return 0 end
redis.call('HSET', KEYS[1], 'k', 'w')
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
return 1`;

/** ARGV: 1 id, 2 bytes, 3 budget, 4 expires at, then fields and values. */
const finishLua = `
if redis.call('HGET', KEYS[1], 'k') ~= 'w' then return 0 end
if tonumber(redis.call('GET', KEYS[3]) or '0') + tonumber(ARGV[2]) > tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], 'k', 'r', unpack(ARGV, 5))
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
redis.call('INCRBY', KEYS[3], ARGV[2])
return 1`;

/** After its file is gone. ARGV: 1 id. */
const dropLua = `
local bytes = tonumber(redis.call('HGET', KEYS[1], 'b') or '0')
redis.call('UNLINK', KEYS[1], KEYS[4])
redis.call('ZREM', KEYS[2], ARGV[1])
if bytes > 0 and redis.call('DECRBY', KEYS[3], bytes) < 0 then redis.call('SET', KEYS[3], 0) end
return 1`;

const text = z.instanceof(Buffer).transform(String);
const recordSchema = z.object({
  k: text.pipe(z.literal('r')),
  t: text.pipe(tenantIdSchema),
  c: text.pipe(channelIdSchema).optional(),
  y: text,
  b: text.transform(Number),
  h: text,
  at: text.transform(Number),
  ex: text.transform(Number),
  mv: text.transform((value) => value === '1').optional(),
  n: z.instanceof(Buffer).optional(),
});
const uploadSchema = z.object({ id: z.string(), account: z.string(), untilMs: z.number() });

/** An id that a provider gave a file, for one of its accounts. */
export interface RememberedUpload {
  readonly id: string;
  /** Whose it is: another account cannot use it. */
  readonly account: string;
  readonly untilMs: number;
}

/** What is known of files. File names and providers' ids are sealed; types, sizes and digests are not personal. */
export interface MediaRecords {
  /** False: the store is full. */
  readonly begin: (id: MediaId, nowMs: number, bytes: number) => Promise<boolean>;
  readonly finish: (medium: Medium) => Promise<boolean>;
  readonly get: (id: MediaId) => Promise<Medium | null>;
  readonly drop: (id: MediaId) => Promise<void>;
  /** What has ended, the oldest first. */
  readonly ended: (nowMs: number, most: number) => Promise<readonly MediaId[]>;
  readonly isKnown: (id: MediaId) => Promise<boolean>;
  readonly bytes: () => Promise<number>;
  readonly upload: (id: MediaId, channelId: ChannelId) => Promise<RememberedUpload | null>;
  readonly rememberUpload: (
    medium: Pick<Medium, 'id' | 'expiresAtMs'>,
    channelId: ChannelId,
    upload: RememberedUpload,
  ) => Promise<void>;
  readonly forgetUpload: (id: MediaId, channelId: ChannelId) => Promise<void>;
  /** The file of a received message, where it was fetched ahead of time. */
  readonly ofInbound: (id: InboundId) => Promise<MediaId | null>;
  readonly forgetInbound: (id: InboundId) => Promise<void>;
  readonly rememberInbound: (id: InboundId, medium: Pick<Medium, 'id' | 'expiresAtMs'>) => Promise<void>;
}

export function createMediaRecords(deps: {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly bytesMax: number;
}): MediaRecords {
  const { redis, sealer, bytesMax } = deps;
  const begin = createRedisScript(redis, beginLua);
  const finish = createRedisScript(redis, finishLua);
  const drop = createRedisScript(redis, dropLua);
  const keysOf = (id: MediaId): string[] => [`${base}m:${id}`, `${base}ends`, `${base}bytes`, `${base}up:${id}`];
  return {
    begin: async (id, nowMs, bytes) => (await begin(keysOf(id), [id, nowMs, nowMs + writingMs, bytes, bytesMax])) === 1,
    finish: async (medium) => {
      const { id, tenantId, channelId, contentType, bytes, animated, sha256, name, createdAtMs, expiresAtMs } = medium;
      const fields = { t: tenantId, y: contentType, b: bytes, h: sha256, at: createdAtMs, ex: expiresAtMs };
      const optional = [
        ...(channelId === null ? [] : ['c', channelId]),
        ...(animated === undefined ? [] : ['mv', animated ? 1 : 0]),
        ...(name === null ? [] : ['n', sealer.seal(name, `media ${id}`)]),
      ];
      const args = [id, bytes, bytesMax, expiresAtMs, ...Object.entries(fields).flat(), ...optional];
      return (await finish(keysOf(id), args)) === 1;
    },
    get: async (id) => {
      const found = recordSchema.safeParse(await redis.hgetallBuffer(`${base}m:${id}`));
      if (!found.success) return null;
      const { t, c = null, y, b, h, at, ex, mv, n } = found.data;
      const name = n === undefined ? null : (sealer.open(n, `media ${id}`)?.toString() ?? null);
      return {
        id,
        tenantId: t,
        channelId: c,
        contentType: y,
        bytes: b,
        ...(mv !== undefined && { animated: mv }),
        sha256: h,
        name,
        createdAtMs: at,
        expiresAtMs: ex,
      };
    },
    drop: async (id) => {
      await drop(keysOf(id), [id]);
    },
    ended: async (nowMs, most) =>
      z.array(mediaIdSchema).parse(await redis.zrangebyscore(`${base}ends`, '-inf', nowMs, 'LIMIT', 0, most)),
    isKnown: async (id) => (await redis.exists(`${base}m:${id}`)) === 1,
    bytes: async () => Number((await redis.get(`${base}bytes`)) ?? 0),
    upload: async (id, channelId) => {
      const blob = await redis.hgetBuffer(`${base}up:${id}`, channelId);
      const plain = blob === null ? null : sealer.open(blob, `media ${id} ${channelId}`);
      return plain === null ? null : (uploadSchema.safeParse(JSON.parse(plain.toString())).data ?? null);
    },
    rememberUpload: async ({ id, expiresAtMs }, channelId, upload) => {
      const sealed = sealer.seal(JSON.stringify(upload), `media ${id} ${channelId}`);
      await redis.multi().hset(`${base}up:${id}`, channelId, sealed).pexpireat(`${base}up:${id}`, expiresAtMs).exec();
    },
    forgetUpload: async (id, channelId) => {
      await redis.hdel(`${base}up:${id}`, channelId);
    },
    ofInbound: async (id) => mediaIdSchema.nullable().parse(await redis.get(`${base}in:${id}`)),
    forgetInbound: async (id) => void (await redis.unlink(`${base}in:${id}`)),
    rememberInbound: async (inbound, { id, expiresAtMs }) => {
      await redis.set(`${base}in:${inbound}`, id, 'PXAT', expiresAtMs);
    },
  };
}

/** Whether a file is of that tenant and still to be had. */
export function isTheirs(medium: Medium | null, tenantId: TenantId, nowMs: number): medium is Medium {
  return medium !== null && medium.tenantId === tenantId && medium.expiresAtMs > nowMs;
}
