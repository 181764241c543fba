import type { RedisClient } from '@posthorn/runtime';
import { z } from 'zod';
import { replayRunSchema, type ReplayRun, type ReplayRunView } from './replay-run.ts';

const listKey = 'posthorn:{replay}:runs';
const runsKept = 200;
const keptSeconds = 30 * 86_400;
const abortSchema = z.object({ by: z.string(), why: z.string() });

/** Who ended a run early, and why. */
export type RunAbort = z.infer<typeof abortSchema>;

/** Records of replay runs: what the scheduler writes (`run`), counts, and the wish to abort are fields of their own. */
export interface ReplayRunStore {
  readonly create: (run: ReplayRun) => Promise<void>;
  readonly save: (run: ReplayRun) => Promise<void>;
  readonly count: (id: string, result: string) => Promise<void>;
  readonly abort: (id: string, abort: RunAbort) => Promise<void>;
  readonly aborted: (id: string) => Promise<RunAbort | null>;
  readonly read: (id: string) => Promise<ReplayRunView | null>;
  /** Newest first; the last 200 are kept for 30 days. */
  readonly list: () => Promise<readonly ReplayRunView[]>;
  /** One process at a time executes runs. False: another one does. */
  readonly lock: (holder: string, ms: number) => Promise<boolean>;
  readonly unlock: (holder: string) => Promise<void>;
}

export function createReplayRunStore(redis: RedisClient): ReplayRunStore {
  const keyOf = (id: string): string => `posthorn:{replay}:run:${id}`;
  const lockKey = 'posthorn:{replay}:lock';
  const read: ReplayRunStore['read'] = async (id) => {
    const fields = await redis.hgetall(keyOf(id));
    const run = replayRunSchema.safeParse(parsed(fields['run'])).data;
    if (run === undefined) return null;
    const counts = Object.entries(fields).flatMap(([name, value]): [string, number][] =>
      name.startsWith('n:') ? [[name.slice(2), Number(value)]] : [],
    );
    const refused = Object.fromEntries(counts.filter(([name]) => name !== 'replayed'));
    const replayed = counts.find(([name]) => name === 'replayed')?.[1] ?? 0;
    return { ...run, replayed, refused, aborting: fields['abort'] !== undefined && run.endedAt === null };
  };
  return {
    create: async (run) => {
      await redis.hset(keyOf(run.id), 'run', JSON.stringify(run));
      await redis.expire(keyOf(run.id), keptSeconds);
      await redis.zadd(listKey, run.startedAt, run.id);
      const old = await redis.zrange(listKey, '0', String(-(runsKept + 1)));
      for (const id of old) {
        await redis.del(keyOf(id));
        await redis.zrem(listKey, id);
      }
    },
    save: async (run) => {
      await redis.hset(keyOf(run.id), 'run', JSON.stringify(run));
    },
    count: async (id, result) => {
      await redis.hincrby(keyOf(id), `n:${result}`, 1);
    },
    abort: async (id, abort) => {
      await redis.hset(keyOf(id), 'abort', JSON.stringify(abort));
    },
    aborted: async (id) => abortSchema.safeParse(parsed(await redis.hget(keyOf(id), 'abort'))).data ?? null,
    read,
    list: async () => {
      const ids = await redis.zrevrange(listKey, 0, -1);
      return (await Promise.all(ids.map(read))).filter((run) => run !== null);
    },
    lock: async (holder, ms) => {
      if ((await redis.set(lockKey, holder, 'PX', ms, 'NX')) !== null) return true;
      if ((await redis.get(lockKey)) !== holder) return false;
      await redis.pexpire(lockKey, ms);
      return true;
    },
    unlock: async (holder) => {
      if ((await redis.get(lockKey)) === holder) await redis.del(lockKey);
    },
  };
}

function parsed(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}
