import { inboundIdSchema, mediaIdSchema, type InboundId, type MediaId, type TenantId } from '@posthorn/message';
import { createRedisScript, type RedisClient } from '@posthorn/runtime';
import type { SealedPlace, Sealer } from '@posthorn/sealing';
import { z } from 'zod';
import { erasureSchema, places, type Erasure, type ErasureView, type Place } from './erasure.ts';

const base = 'posthorn:{erasures}:';
/** A record says when a person was erased, and nothing of them: as long as anything that is kept of a message. */
const keptSeconds = 31 * 86_400;
const listMost = 200;
/** An ingress that said nothing for so long is gone: what its volume holds is judged when it is replayed. */
const spoolBeatMs = 30_000;

/** One at a time of the same person. KEYS: 1 same, 2 the record, 3 open, 4 of the tenant. ARGV: 1 id, 2 record, 3 sealed addresses, 4 now, 5 seconds. */
const beginLua = `
local standing = redis.call('GET', KEYS[1])
if standing then return standing end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[5])
redis.call('HSET', KEYS[2], 'record', ARGV[2], 'addresses', ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[5])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
redis.call('ZADD', KEYS[4], ARGV[4], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -${listMost + 1})
redis.call('EXPIRE', KEYS[4], ARGV[5])
return ARGV[1]`;

/** Where addresses of open erasures lie sealed. */
export const erasureSealedPlaces: readonly SealedPlace[] = [
  {
    name: 'addresses of people who are being erased',
    key: /^posthorn:\{erasures\}:run:(?<id>\w+)$/u,
    spot: { kind: 'field', field: 'addresses' },
    contextOf: ({ id }) => `erasure ${id}`,
  },
];

const addressesSchema = z.array(z.string());

/** Records of erasures in Redis, all in one slot. */
export interface ErasureStore {
  /** The id of the one that is under way for the same person of the same tenant, else of this one. */
  readonly begin: (erasure: Erasure, addresses: readonly string[]) => Promise<string>;
  readonly read: (id: string) => Promise<ErasureView | null>;
  /** Newest first, at most 200. */
  readonly list: (tenantId: TenantId) => Promise<readonly ErasureView[]>;
  /** Those that are under way, the oldest first. */
  readonly open: () => Promise<readonly ErasureView[]>;
  readonly save: (erasure: Erasure) => Promise<void>;
  readonly count: (id: string, place: Place, count: number) => Promise<void>;
  /** Whom it is about, with all names found so far. Null: over, or its key is not on the ring. */
  readonly addresses: (id: string) => Promise<readonly string[] | null>;
  readonly putAddresses: (id: string, addresses: readonly string[]) => Promise<void>;
  /** Ends it: the addresses go, and what was noted on the way. */
  readonly end: (erasure: Erasure, addresses: readonly string[]) => Promise<void>;
  /** What has been found, for whoever goes on after a crash. Ids only. */
  readonly noteInbound: (id: string, found: readonly InboundId[]) => Promise<void>;
  readonly inbound: (id: string) => Promise<ReadonlySet<InboundId>>;
  readonly noteFiles: (id: string, found: readonly MediaId[]) => Promise<void>;
  readonly files: (id: string) => Promise<ReadonlySet<MediaId>>;
  /** An ingress says that it has a spool. */
  readonly beat: (spool: string, nowMs: number) => Promise<void>;
  readonly leave: (spool: string) => Promise<void>;
  /** A spool holds nothing of the person any more. */
  readonly cleared: (id: string, spool: string) => Promise<void>;
  readonly isCleared: (id: string, spool: string) => Promise<boolean>;
  /** How many spools have not said so. */
  readonly uncleared: (id: string, nowMs: number) => Promise<number>;
  /** Redis' time in ms. */
  readonly now: () => Promise<number>;
  /** One process at a time works. */
  readonly lock: (holder: string, ms: number) => Promise<boolean>;
  readonly unlock: (holder: string) => Promise<void>;
}

export function createErasureStore({
  redis,
  sealer,
}: {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
}): ErasureStore {
  const begin = createRedisScript(redis, beginLua);
  const keyOf = (what: 'run' | 'inbound' | 'files', id: string): string => `${base}${what}:${id}`;
  const sameKey = (tenantId: string, dryRun: boolean, addresses: readonly string[]): string =>
    `${base}same:${tenantId}:${dryRun ? 'dry' : 'real'}:${sealer.lookupHash(addresses[0] ?? '')}`;
  const seal = (id: string, addresses: readonly string[]): Buffer =>
    sealer.seal(JSON.stringify(addresses), `erasure ${id}`);
  const note = async (key: string, found: readonly string[]): Promise<void> => {
    if (found.length > 0)
      await redis
        .pipeline()
        .sadd(key, ...found)
        .expire(key, keptSeconds)
        .exec();
  };

  const read: ErasureStore['read'] = async (id) => {
    const fields = await redis.hgetall(keyOf('run', id));
    const erasure = erasureSchema.safeParse(JSON.parse(fields['record'] ?? 'null')).data;
    if (erasure === undefined) return null;
    const count = (place: Place): number => Number(fields[`n:${place}`] ?? 0);
    return { ...erasure, counts: countsOf(count) };
  };
  const readAll = async (ids: readonly string[]): Promise<readonly ErasureView[]> =>
    (await Promise.all(ids.map(read))).filter((each) => each !== null);

  return {
    begin: async (erasure, addresses) => {
      const { id, tenantId, dryRun, startedAt } = erasure;
      const keys = [sameKey(tenantId, dryRun, addresses), keyOf('run', id), `${base}open`, `${base}of:${tenantId}`];
      return String(await begin(keys, [id, JSON.stringify(erasure), seal(id, addresses), startedAt, keptSeconds]));
    },
    read,
    list: async (tenantId) => await readAll(await redis.zrevrange(`${base}of:${tenantId}`, '0', '-1')),
    open: async () => await readAll(await redis.zrange(`${base}open`, '0', '-1')),
    save: async (erasure) => void (await redis.hset(keyOf('run', erasure.id), 'record', JSON.stringify(erasure))),
    count: async (id, place, count) => {
      if (count > 0) await redis.hincrby(keyOf('run', id), `n:${place}`, count);
    },
    addresses: async (id) => {
      const blob = await redis.hgetBuffer(keyOf('run', id), 'addresses');
      const plain = blob === null ? null : sealer.open(blob, `erasure ${id}`);
      return plain === null ? null : addressesSchema.parse(JSON.parse(plain.toString()));
    },
    putAddresses: async (id, addresses) => void (await redis.hset(keyOf('run', id), 'addresses', seal(id, addresses))),
    end: async (erasure, addresses) => {
      const { id, tenantId, dryRun } = erasure;
      await redis
        .pipeline()
        .hset(keyOf('run', id), 'record', JSON.stringify(erasure))
        .hdel(keyOf('run', id), 'addresses')
        .unlink(keyOf('inbound', id), keyOf('files', id), sameKey(tenantId, dryRun, addresses))
        .zrem(`${base}open`, id)
        .exec();
    },
    noteInbound: async (id, found) => await note(keyOf('inbound', id), found),
    inbound: async (id) => new Set(z.array(inboundIdSchema).parse(await redis.smembers(keyOf('inbound', id)))),
    noteFiles: async (id, found) => await note(keyOf('files', id), found),
    files: async (id) => new Set(z.array(mediaIdSchema).parse(await redis.smembers(keyOf('files', id)))),
    beat: async (spool, nowMs) => void (await redis.zadd(`${base}spools`, nowMs, spool)),
    leave: async (spool) => void (await redis.zrem(`${base}spools`, spool)),
    cleared: async (id, spool) => void (await redis.hset(keyOf('run', id), `spool:${spool}`, 1)),
    isCleared: async (id, spool) => (await redis.hexists(keyOf('run', id), `spool:${spool}`)) === 1,
    uncleared: async (id, nowMs) => {
      await redis.zremrangebyscore(`${base}spools`, '-inf', nowMs - spoolBeatMs);
      const spools = await redis.zrange(`${base}spools`, '0', '-1');
      const cleared = await Promise.all(
        spools.map(async (spool) => await redis.hexists(keyOf('run', id), `spool:${spool}`)),
      );
      return cleared.filter((is) => is === 0).length;
    },
    now: async () => {
      const [seconds = 0, micros = 0] = z.array(z.coerce.number()).parse(await redis.time());
      return seconds * 1_000 + Math.floor(micros / 1_000);
    },
    lock: async (holder, ms) => {
      if ((await redis.set(`${base}lock`, holder, 'PX', ms, 'NX')) !== null) return true;
      if ((await redis.get(`${base}lock`)) !== holder) return false;
      await redis.pexpire(`${base}lock`, ms);
      return true;
    },
    unlock: async (holder) => {
      if ((await redis.get(`${base}lock`)) === holder) await redis.del(`${base}lock`);
    },
  };
}

function countsOf(count: (place: Place) => number): Readonly<Record<Place, number>> {
  const counts: Partial<Record<Place, number>> = {};
  for (const place of places) counts[place] = count(place);
  return z.record(z.enum(places), z.number()).parse(counts);
}
