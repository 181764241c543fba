import type { Clock, Log, RedisClient } from '@posthorn/runtime';
import { closeRedis, isConnectionAway, isRedisAway } from '@posthorn/runtime';
import { DelayedError, UnrecoverableError, Worker, type Job } from 'bullmq';
import { Cluster, Redis } from 'ioredis';
import type { z } from 'zod';
import type { QueueRef } from './queue-ref.ts';

/** What a job's processing says should happen to it. */
export type JobEnd =
  | { readonly kind: 'done' }
  /** Again after that many milliseconds, with another payload where one is given. */
  | { readonly kind: 'later'; readonly afterMs: number; readonly payload?: object }
  /** Never again by itself: it goes to the failed set, the outbox of dead letters. */
  | { readonly kind: 'dead'; readonly reason: string };

export interface ConsumeDeps {
  readonly redis: RedisClient;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ConsumeOptions<Payload> {
  readonly queue: QueueRef;
  readonly schema: z.ZodType<Payload>;
  readonly concurrency: number;
  /** After this long without a sign of life a worker's jobs are given to another. */
  readonly lockMs: number;
  /** How often lost jobs are looked for; one value for the whole fleet. */
  readonly stalledIntervalMs: number;
  /** `name` tells kinds of jobs on one queue apart. `signal` aborts when the job's lock is lost; it is made only for who takes it. */
  readonly process: (payload: Payload, name: string, signal: AbortSignal) => Promise<JobEnd>;
  /** A job of this id is in the failed set now. */
  readonly onDead?: ((jobId: string) => void) | undefined;
}

export interface Consumer {
  /** Takes no new jobs and waits for those under way. */
  readonly close: () => Promise<void>;
  /** How many jobs it has under way. */
  readonly active: () => number;
}

/** A bug or a dead dependency is no verdict on the job. */
const troubleMs = 5_000;
/** After trouble with Redis a worker asks again this soon; BullMQ's own 15 s are longer than a fail-over. */
const askAgainMs = 2_000;
const endingEveryMs = 100;
/** For a Redis that was given up already. */
const farewellMs = 100;
/** A connection to a cluster (ioredis 6.0) that is told to end while it does so never ends. */
const ends: ReadonlySet<string> = new Set(['disconnecting', 'close']);
/**
 * 3 s. It takes up to 2 s, for a node that hangs; where it was made anew meanwhile, the end of that node comes when nobody waits for it, and the
 * connection stays as it is.
 */
const endingLooksMost = 30;
/** Trouble comes with every attempt, of each queue. */
const troubleToldEveryMs = 60_000;
const breaksToTell = 3;
const neverLost = new AbortController().signal;
/** A payload of another release: a worker that can read it may come. */
const unreadableMs = 60_000;

/**
 * Consumes a queue. The processor returns what should happen; only here is that said in BullMQ's terms. A thrown error means
 * a bug or a dead dependency: the job comes back after 5 s and spends nothing. A dead worker's jobs come back without
 * limit: a process death is no verdict either (BullMQ's own limit would fail them unprocessed).
 */
export function consume<Payload>({ redis, clock, log }: ConsumeDeps, options: ConsumeOptions<Payload>): Consumer {
  let active = 0;
  const run = async (job: Job, token: string | undefined, lost: AbortSignal): Promise<void> => {
    active += 1;
    let end: JobEnd;
    try {
      const payload = options.schema.safeParse(job.data);
      if (payload.success) {
        end = await options.process(payload.data, job.name, lost);
      } else {
        log.error(
          { queue: options.queue.name, jobId: job.id },
          'expected a job of version 1, came one this release cannot read; it comes back in a minute',
        );
        end = { kind: 'later', afterMs: unreadableMs };
      }
    } catch (error) {
      log.error(
        { err: error, queue: options.queue.name, jobId: job.id },
        'a job could not be processed; it comes back',
      );
      end = { kind: 'later', afterMs: troubleMs };
    } finally {
      active -= 1;
    }
    switch (end.kind) {
      case 'done':
        return;
      case 'dead':
        throw new UnrecoverableError(end.reason);
      case 'later':
        // First the move, then the throw: the other way round the job stays active until it stalls.
        if (end.payload !== undefined) await job.updateData(end.payload);
        await job.moveToDelayed(clock.now() + Math.max(1, end.afterMs), token).catch((error: unknown) => {
          log.warn(
            { err: error, queue: options.queue.name, jobId: job.id },
            'a job could not be put back; it returns when its lock ends',
          );
        });
        throw new DelayedError();
      default:
        end satisfies never;
    }
  };
  const worker = new Worker(
    options.queue.name,
    // BullMQ makes a signal for every job if three arguments are taken.
    options.process.length < 3
      ? (job, token) => run(job, token, neverLost)
      : (job, token, signal) => run(job, token, signal ?? neverLost),
    {
      connection: redis,
      prefix: options.queue.prefix,
      concurrency: options.concurrency,
      lockDuration: options.lockMs,
      stalledInterval: options.stalledIntervalMs,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      maximumRateLimitDelay: 1_000,
      runRetryDelay: askAgainMs,
      removeOnComplete: { count: 0 },
    },
  );
  let isClosing = false;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  /** Of the connection that waits for jobs alone. */
  let breaks = 0;
  worker.on('error', (error) => {
    // That Redis is away the connection says, once for all queues; here it would be said again with each attempt to reach it. A single break may be
    // seen here first.
    if (isConnectionAway(error)) return;
    if (redis.status !== 'ready') breaks = 0;
    if (isRedisAway(error) && (isClosing || redis.status !== 'ready' || ++breaks < breaksToTell)) return;
    if (clock.now() - toldAtMs < troubleToldEveryMs) return;
    toldAtMs = clock.now();
    log.warn({ err: error, queue: options.queue.name }, 'a queue worker has trouble; it goes on by itself');
  });
  worker.on('failed', (job) => {
    if (job?.id !== undefined) options.onDead?.(job.id);
  });
  // BullMQ (6.7) waits for jobs on a connection of its own, and at the end for the end of that one, which does not come while it is being made
  // anew: there it is ended here. So it is once the other connection is closed for good, since nothing can be consumed any more.
  // Again and again, for BullMQ opens it anew where a wait ended with an error.
  let ending: NodeJS.Timeout | undefined;
  let endingLooks = 0;
  const look = (): void => {
    endingLooks = isEnding(worker) ? endingLooks + 1 : 0;
    if (endingLooks > 0 && endingLooks < endingLooksMost) return;
    endingLooks = 0;
    void closeWaiting(worker, redis.status === 'end');
  };
  const endWaiting = (): void => {
    ending ??= setInterval(look, endingEveryMs).unref();
  };
  redis.setMaxListeners(redis.getMaxListeners() + 1).once('end', endWaiting);
  return {
    close: async () => {
      isClosing = true;
      letGoOfCluster(worker);
      endWaiting();
      await worker.close();
      clearInterval(ending);
      redis.off('end', endWaiting).setMaxListeners(redis.getMaxListeners() - 1);
    },
    active: () => active,
  };
}

/** What BullMQ waits for jobs with. Not its `blockingClient`: that promise is of a connection that stands, and this one may never have stood. */
function waitingOf(worker: Worker): object | null {
  const backend: object = worker.getBackend();
  const connection: unknown = 'blockingConnection' in backend ? backend.blockingConnection : null;
  return typeof connection === 'object' ? connection : null;
}

function waitingClientOf(worker: Worker): unknown {
  const connection = waitingOf(worker);
  return connection === null ? undefined : Reflect.get(connection, '_client');
}

function isEnding(worker: Worker): boolean {
  const client = waitingClientOf(worker);
  return client instanceof Cluster && ends.has(client.status);
}

async function closeWaiting(worker: Worker, isOver: boolean): Promise<void> {
  const client = waitingClientOf(worker);
  if (!(client instanceof Redis || client instanceof Cluster)) return;
  if (isOver || client.status !== 'ready') await closeRedis(client, farewellMs);
}

/**
 * To a cluster BullMQ (6.7) connects anew when a wait fails, even when it has ended that itself in order to close, and then waits for ever. What it has
 * against that it does too late.
 */
function letGoOfCluster(worker: Worker): void {
  const connection = waitingOf(worker);
  const disable: unknown = connection === null ? undefined : Reflect.get(connection, 'disableBlockingClusterReconnect');
  if (typeof disable === 'function') Reflect.apply(disable, connection, []);
}
