import { subscriptionIdSchema } from '@posthorn/message';
import type { SubscriptionId } from '@posthorn/message';
import type { Log, RedisClient } from '@posthorn/runtime';
import { createRedisScript, isConnectionAway } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import type { Subscription, SubscriptionRegistry } from './subscription.ts';
import { subscriptionSchema } from './subscription.ts';

const allKey = 'posthorn:{subscriptions}:all';
const versionKey = 'posthorn:{subscriptions}:version';

/** ARGV: id, the blob it must be ('' for none), the blob it becomes. */
const setLua = `
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('INCR', KEYS[2])
return 1`;
const changesMost = 20;

export interface SubscriptionRegistryDeps {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly log: Log;
  /** How often the registry is looked at, in ms; 0: only on `refresh`. */
  readonly followMs: number;
  /** Whether it may begin without having been read: RedisClient may be away. Default: false. */
  readonly canStartEmpty?: boolean;
}

/**
 * The registry on Redis: one hash of sealed subscriptions, one counter that grows with every change; each process follows it with one GET
 * each `followMs` and keeps an opened copy. Its address is sealed with it: receivers put tokens into addresses.
 */
export async function createSubscriptionRegistry(deps: SubscriptionRegistryDeps): Promise<SubscriptionRegistry> {
  const { redis, sealer, log, followMs, canStartEmpty = false } = deps;
  const setScript = createRedisScript(redis, setLua);
  let known: ReadonlyMap<SubscriptionId, Subscription> = new Map();
  let seen = '';
  const listeners = new Set<(subscriptions: readonly Subscription[]) => void>();

  const open = (id: string, blob: Buffer): Subscription | null => {
    const plain = sealer.open(blob, `subscription ${id}`);
    return plain === null ? null : (subscriptionSchema.safeParse(JSON.parse(plain.toString())).data ?? null);
  };
  const seal = (subscription: Subscription): Buffer =>
    sealer.seal(JSON.stringify(subscription), `subscription ${subscription.id}`);

  const load = async (): Promise<void> => {
    const version = (await redis.get(versionKey)) ?? '0';
    if (version === seen) return;
    const found = new Map<SubscriptionId, Subscription>();
    for (const [id, blob] of Object.entries(await redis.hgetallBuffer(allKey))) {
      const subscription = open(id, blob);
      if (subscription !== null) found.set(subscription.id, subscription);
      else
        log.error(
          { subscriptionId: id },
          'a subscription cannot be opened: the key it was sealed with is not in POSTHORN_SEALING_KEYS; add that key back',
        );
    }
    known = found;
    seen = version;
    for (const listener of listeners) listener([...found.values()]);
  };

  let loading: Promise<void> | null = null;
  const refresh = async (): Promise<void> => {
    loading ??= load().finally(() => {
      loading = null;
    });
    await loading;
  };

  const set = async (id: SubscriptionId, expected: Buffer | string, next: Subscription): Promise<boolean> =>
    (await setScript([allKey, versionKey], [id, expected, seal(next)])) === 1;

  await refresh().catch((error: unknown) => {
    if (!canStartEmpty) throw error;
  });
  let away = false;
  const follow = async (): Promise<void> => {
    try {
      await refresh();
      if (away) log.info('the subscriptions are read again');
      away = false;
    } catch (error) {
      // That it is away, the connection tells, for all that use it.
      if (away || isConnectionAway(error)) return;
      log.warn({ err: error }, 'the subscriptions could not be read; those known so far go on');
      away = true;
    }
  };
  const timer = followMs === 0 ? null : setInterval(() => void follow(), followMs);
  timer?.unref();

  return {
    get: (id) => known.get(id) ?? null,
    list: () => [...known.values()],
    add: async (input) => {
      const subscription = { ...input, version: 1 };
      if (!(await set(subscription.id, '', subscription)))
        throw new Error('expected a new subscription id, came a known one');
      await refreshed();
      return subscription;
    },
    change: async (id, change) => {
      for (let tries = 0; tries < changesMost; tries += 1) {
        const blob = await redis.hgetBuffer(allKey, id);
        const current = blob === null ? null : open(id, blob);
        if (blob === null || current === null) return null;
        const next = { ...change(current), version: current.version + 1 };
        if (await set(id, blob, next)) {
          await refreshed();
          return next;
        }
      }
      throw new Error(`expected to change subscription ${id}; it was changed by others ${changesMost} times meanwhile`);
    },
    remove: async (id) => {
      const removed = await redis.hdel(allKey, subscriptionIdSchema.parse(id));
      await redis.incr(versionKey);
      await refreshed();
      return removed === 1;
    },
    refresh,
    onChange: (listener) => {
      listeners.add(listener);
      listener([...known.values()]);
      return () => listeners.delete(listener);
    },
    close: async () => {
      if (timer !== null) clearInterval(timer);
      listeners.clear();
      await loading?.catch(() => undefined);
    },
  };

  /** A look that began before our change may not have seen it. */
  async function refreshed(): Promise<void> {
    await loading?.catch(() => undefined);
    await refresh();
  }
}
