import type { ChannelId } from '@posthorn/message';
import type { RedisClient } from '@posthorn/runtime';

/** Without a sign of life for so long, a worker process does not count; the ledger's `get.lua` goes by the same. */
export const beatLifeMs = 15_000;

/** Who serves a channel now. */
export interface ChannelWorkers {
  /** Worker processes. */
  readonly running: number;
  /** What they are called: host, process and a few letters of chance. */
  readonly names: readonly string[];
  /** When one was last seen, in ms since 1970. Null: none within a week. */
  readonly lastSeen: number | null;
}

/** Signs of life of worker processes, in the slot of each channel that they serve: `posthorn:{<channel>}:beat`. */
export interface WorkerBeats {
  /** `worker` serves these channels now. Repeat it well within 15 s. */
  readonly beat: (worker: string, channels: readonly ChannelId[]) => Promise<void>;
  /** It stops: it does not count any more, but when it was there stays known. */
  readonly leave: (worker: string, channels: readonly ChannelId[]) => Promise<void>;
  readonly of: (channel: ChannelId) => Promise<ChannelWorkers>;
}

const keptSeconds = 7 * 86_400;
const atOnce = 100;
/** No process has this name; its beat is when the last one that stopped was there. */
const stopped = '-';

export function createWorkerBeats({
  redis,
  now,
}: {
  readonly redis: RedisClient;
  readonly now: () => number;
}): WorkerBeats {
  const keyOf = (id: ChannelId): string => `posthorn:{${id}}:beat`;
  const each = async (ids: readonly ChannelId[], act: (key: string) => Promise<unknown>): Promise<void> => {
    for (let at = 0; at < ids.length; at += atOnce)
      await Promise.all(ids.slice(at, at + atOnce).map(async (id) => await act(keyOf(id))));
  };
  return {
    beat: async (worker, channels) =>
      await each(channels, async (key) => {
        // Who died goes with the first beat of whoever lives: so the key has a bound.
        await Promise.all([
          redis.zadd(key, now(), worker),
          redis.zremrangebyscore(key, '-inf', now() - beatLifeMs),
          redis.expire(key, keptSeconds),
        ]);
      }),
    leave: async (worker, channels) =>
      await each(channels, async (key) => {
        await Promise.all([redis.zadd(key, now() - beatLifeMs, stopped), redis.zrem(key, worker)]);
      }),
    of: async (channel) => {
      const key = keyOf(channel);
      const [names, last] = await Promise.all([
        redis.zrangebyscore(key, `(${now() - beatLifeMs}`, '+inf'),
        redis.zrevrange(key, 0, 0, 'WITHSCORES'),
      ]);
      const [name, score] = last;
      const workers = { running: names.length, names: names.toSorted() };
      if (score === undefined) return { ...workers, lastSeen: null };
      return { ...workers, lastSeen: Number(score) + (name === stopped ? beatLifeMs : 0) };
    },
  };
}
