import { channelIdSchema, optOutWordsSchema, providerIdSchema, tenantIdSchema } from '@posthorn/message';
import type { ChannelId } from '@posthorn/message';
import { isConnectionAway, type Log, type RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { z } from 'zod';
import type { Channel, ChannelInput, ChannelRegistry } from './channel.ts';
import { tokenKey } from './token-store.ts';

const channelsKey = 'posthorn:{channels}:all';
const versionKey = 'posthorn:{channels}:version';
/** Ids of removed channels by the second of their removal. */
const goneKey = 'posthorn:{channels}:gone';
const goneSeconds = 31 * 86_400;

/** A held message blocks its conversation that long, unless the channel says otherwise. */
const heldGraceDefaultMs = 900_000;

const inboundFilesSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('store') }),
    z.strictObject({
      kind: z.literal('destination'),
      url: z.url({ protocol: /^https?$/u }).max(2048),
    }),
  ])
  .optional();

const windowSchema = z.enum(['refuse', 'try']).optional();

const recordSchema = z.object({
  id: channelIdSchema,
  tenantId: tenantIdSchema,
  provider: providerIdSchema,
  name: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  settings: z.json(),
  pacePerSecond: z.number().positive().nullable(),
  heldGraceMs: z.number().int().min(1),
  inboundFiles: inboundFilesSchema,
  optOutWords: optOutWordsSchema.optional(),
  window: windowSchema,
  heldPolicy: z.enum(['hold', 'resend']).default('hold'), // records of older releases have none
  version: z.number(),
});

/** What a person writes to add or change a channel: the same, with defaults. */
export const channelInputSchema = z.strictObject({
  id: channelIdSchema,
  tenantId: tenantIdSchema.default(tenantIdSchema.parse('default')),
  provider: providerIdSchema,
  name: z.string().min(1).max(200).nullable().default(null),
  labels: z.record(z.string(), z.string()).default({}),
  settings: z.json(),
  pacePerSecond: z.number().positive().nullable().default(null),
  heldGraceMs: z.number().int().min(1).default(heldGraceDefaultMs),
  heldPolicy: z.enum(['hold', 'resend']).default('hold'),
  inboundFiles: inboundFilesSchema,
  optOutWords: optOutWordsSchema.optional(),
  window: windowSchema,
});

export interface ChannelRegistryDeps {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly log: Log;
  /** How often the registry is looked at, in ms; 0: only on `refresh`. */
  readonly followMs: number;
  /** Open even if Redis is away: empty then, until it is back. Default: that throws. */
  readonly canStartEmpty?: boolean;
  /** Throw at the start where there are channels and none can be opened: for whoever is given keys by hand. */
  readonly refusesForeignKeys?: boolean;
}

/**
 * The registry on Redis: one hash of sealed channels, one counter that grows with every change. Following it costs one GET
 * each `followMs`; channels are read again only when the counter moved. A channel that cannot be opened (its key is not on the
 * ring) is left out and reported once, and the others go on.
 */
export async function createChannelRegistry({
  redis,
  sealer,
  log,
  followMs,
  canStartEmpty = false,
  refusesForeignKeys = false,
}: ChannelRegistryDeps): Promise<ChannelRegistry> {
  let channelById: ReadonlyMap<ChannelId, Channel> = new Map();
  let blobById: ReadonlyMap<string, Buffer> = new Map();
  let seen = '';
  const listeners = new Set<(channels: readonly Channel[]) => void>();

  const load = async (): Promise<void> => {
    const version = (await redis.get(versionKey)) ?? '0';
    if (version === seen) return;
    const blobs = await redis.hgetallBuffer(channelsKey);
    const channels = new Map<ChannelId, Channel>();
    for (const [id, blob] of Object.entries(blobs)) {
      const known = channelById.get(channelIdSchema.parse(id));
      const channel = known !== undefined && blobById.get(id)?.equals(blob) === true ? known : open(id, blob);
      if (channel === null)
        log.error(
          { channelId: id },
          'a channel cannot be opened: the key it was sealed with is not in POSTHORN_SEALING_KEYS; add that key back',
        );
      else channels.set(channel.id, channel);
    }
    channelById = channels;
    blobById = new Map(Object.entries(blobs));
    seen = version;
    for (const listener of listeners) listener([...channels.values()]);
  };

  const open = (id: string, blob: Buffer): Channel | null => {
    const plain = sealer.open(blob, `channel ${id}`);
    return plain === null ? null : (recordSchema.safeParse(JSON.parse(plain.toString())).data ?? null);
  };

  let loading: Promise<void> | null = null;
  const refresh = async (): Promise<void> => {
    loading ??= load().finally(() => {
      loading = null;
    });
    await loading;
  };

  // One line when the registry goes out of sight, one when it is back, however many looks lie between.
  let away = false;
  const follow = async (): Promise<void> => {
    try {
      await refresh();
      if (away) log.info('the channel registry is read again');
      away = false;
    } catch (error) {
      // That it is away, the connection tells, for all that use it.
      if (away || isConnectionAway(error)) return;
      log.warn({ err: error }, 'the channel registry could not be read; the channels known so far go on');
      away = true;
    }
  };
  await (canStartEmpty ? follow() : refresh());
  if (refusesForeignKeys && blobById.size > 0 && channelById.size === 0) {
    throw new Error(
      'none of the channels can be opened: expected the keys of the fleet (POSTHORN_SEALING_KEYS, POSTHORN_LOOKUP_KEY), came others',
    );
  }
  const timer = followMs === 0 ? null : setInterval(() => void follow(), followMs);
  timer?.unref();

  return {
    get: (id) => channelById.get(id) ?? null,
    list: () => [...channelById.values()],
    isLoaded: () => seen !== '',
    put: async (input: ChannelInput) => {
      const version = await redis.incr(versionKey);
      const channel: Channel = { heldPolicy: 'hold', ...input, version };
      await redis.hset(channelsKey, channel.id, sealer.seal(JSON.stringify(channel), `channel ${channel.id}`));
      // Counted again after the write: who looked in between read the old one under the first count.
      await redis.incr(versionKey);
      await refresh();
      return channel;
    },
    remove: async (id) => {
      const [seconds] = await redis.time();
      // The tombstone first: nobody may take the id in between.
      await redis.zremrangebyscore(goneKey, '-inf', Number(seconds) - goneSeconds);
      if ((await redis.hexists(channelsKey, id)) === 1) await redis.zadd(goneKey, Number(seconds), id);
      const removed = await redis.hdel(channelsKey, id);
      await redis.unlink(tokenKey(id));
      await redis.incr(versionKey);
      await refresh();
      return removed === 1;
    },
    isGone: async (id) => (await redis.zscore(goneKey, id)) !== null,
    refresh,
    onChange: (listener) => {
      listeners.add(listener);
      listener([...channelById.values()]);
      return () => listeners.delete(listener);
    },
    close: async () => {
      if (timer !== null) clearInterval(timer);
      listeners.clear();
      await loading?.catch(() => undefined);
    },
  };
}
