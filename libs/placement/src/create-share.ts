import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { pid } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Log, RedisClient } from '@posthorn/runtime';
import { every, warnOf } from '@posthorn/runtime';
import type { Alive } from './judge-signs.ts';
import { judgeSigns } from './judge-signs.ts';
import { createPresence } from './presence.ts';
import { serves } from './serves.ts';

export interface ShareDeps<Queue extends string> {
  readonly redis: RedisClient;
  /** Who shares: processes that could each serve any of the queues. Also the hash tag of the key. */
  readonly group: string;
  /** Called with what this process is to serve, after each offer and whenever it changes. */
  readonly serve: (mine: ReadonlySet<Queue>) => void;
  /** Awaited when others came or went, before anything is taken over: a queue that is gone meanwhile must not be opened again. */
  readonly refresh: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a queue that went to others is still served here, in ms. Default: 10 s. */
  readonly lingerMs?: number;
  /** How often a process looks who lives, and by that gives a sign of its own, in ms; one value for the whole group. Default: 1 s. */
  readonly lookEveryMs?: number;
}

/** One process' share of the queues of its group. */
export interface Share<Queue extends string> {
  /** The name by which the others know this process. */
  readonly process: string;
  /** All queues there are, and by how many processes each is to be served. What is not among them is dropped at once. */
  readonly offer: (countByQueue: ReadonlyMap<Queue, number>) => void;
  /** The others take over from now on; what is served here stays so until whoever serves it closes it. Can be repeated. */
  readonly leave: () => Promise<void>;
}

/** The others have opened it long before, and who was away for a moment only and comes back finds nothing to do. */
const lingerMsUsually = 10_000;
/** So one that died is noticed 5 to 6 s later. */
const lookEveryMsUsually = 1_000;
/** A look without an answer tells nothing; then all stays as it is. */
const answerMs = 2_000;

/**
 * Takes part in a group: looks once a second who lives, and serves what rendezvous hashing gives to this process. It takes over at once, and
 * lets go only after a while; so a queue is served by too many for a moment rather than by none, and a process that
 * comes and goes moves nothing to and fro. Waits for Redis until the first look succeeds; later on, while Redis is away, all stays as it is.
 */
export async function createShare<Queue extends string>(deps: ShareDeps<Queue>): Promise<Share<Queue>> {
  const {
    redis,
    group,
    serve,
    refresh,
    clock,
    log,
    lingerMs = lingerMsUsually,
    lookEveryMs = lookEveryMsUsually,
  } = deps;
  const process = `${hostname()}-${pid}-${randomBytes(3).toString('hex')}`;
  const presence = createPresence(redis, group, process);
  let alive: ReadonlyMap<string, Alive> = judgeSigns(new Map(), await presence.look(), lookEveryMs);
  let offered: ReadonlyMap<Queue, number> = new Map();
  let wanted: ReadonlySet<Queue> = new Set();
  let mine: ReadonlySet<Queue> = new Set();
  const letGoAtByQueue = new Map<Queue, number>();

  function choose(): void {
    const processes = [...alive.keys()];
    wanted = new Set([...offered].flatMap(([queue, count]) => (serves(process, queue, processes, count) ? queue : [])));
  }

  /** What is wanted, and what was until a while ago. Whether that is another set than before. */
  function settle(): boolean {
    const next = new Set(wanted);
    for (const queue of mine) {
      if (wanted.has(queue) || !offered.has(queue)) continue;
      const letGoAt = letGoAtByQueue.get(queue) ?? clock.now() + lingerMs;
      letGoAtByQueue.set(queue, letGoAt);
      if (letGoAt > clock.now()) next.add(queue);
    }
    for (const queue of letGoAtByQueue.keys()) {
      if (wanted.has(queue) || !next.has(queue)) letGoAtByQueue.delete(queue);
    }
    const isOther = next.size !== mine.size || [...next].some((queue) => !mine.has(queue));
    mine = next;
    return isOther;
  }

  async function look(): Promise<void> {
    if (redis.status !== 'ready') return;
    const signs = await answerOf(presence.look());
    if (signs === null) return;
    const now = judgeSigns(alive, signs, lookEveryMs);
    const changed = now.size !== alive.size || [...now.keys()].some((other) => !alive.has(other));
    if (changed) {
      log.info({ group, processes: now.size }, 'processes came or went: shares are taken anew');
      // Where it fails, who lives is not news yet: the next look comes to it again.
      await answerOf(refresh());
    }
    alive = now;
    if (changed) choose();
    if (settle()) serve(mine);
  }

  const looks = every(lookEveryMs, look, { log, name: `share of ${group}` });
  let leaving: Promise<void> | null = null;
  return {
    process,
    offer: (countByQueue) => {
      offered = countByQueue;
      choose();
      settle();
      serve(mine);
    },
    leave: async () => {
      leaving ??= (async () => {
        await looks.close();
        if (redis.status === 'ready') await answerOf(presence.leave());
      })().catch((error: unknown) => warnOf(log, error, { group }, 'the others were not told; they notice in 6 s'));
      await leaving;
    },
  };
}

/** Null: none came in time. On a connection that waits for Redis as long as it takes, a stop would wait with it. */
async function answerOf<Answer>(asked: Promise<Answer>): Promise<Answer | null> {
  return await Promise.race([asked, delay(answerMs, null, { ref: false })]);
}
