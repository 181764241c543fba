import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { channelIdSchema, messageIdSchema, providerIdSchema } from '@posthorn/message';
import { createMemoryLog, systemClock } from '@posthorn/runtime';
import { Redis } from 'ioredis';
import type { Consumer, JobEnd } from './consume.ts';
import { consume } from './consume.ts';
import { createDeadLetters, deadReason } from './dead-letters.ts';
import type { SendJob } from './jobs.ts';
import { sendJobSchema } from './jobs.ts';
import { measureLaneAges } from './lane-ages.ts';
import { deadQueue, sendQueue } from './queue-ref.ts';
import type { Queues } from './queues.ts';
import { createQueues } from './queues.ts';

let redis: Redis;
let queues: Queues;
let consumers: Consumer[];
let channel: { id: ReturnType<typeof channelIdSchema.parse>; provider: ReturnType<typeof providerIdSchema.parse> };

beforeEach(() => {
  redis = new Redis(process.env['POSTHORN_TEST_REDIS_URL'] ?? '', { maxRetriesPerRequest: null });
  queues = createQueues(redis);
  consumers = [];
  const tag = randomBytes(4).toString('hex');
  channel = { id: channelIdSchema.parse(`c-${tag}`), provider: providerIdSchema.parse(`p-${tag}`) };
});
afterEach(async () => {
  await Promise.all(consumers.map(async (consumer) => await consumer.close()));
  await queues.close();
  const keys = [
    ...(await redis.keys(`posthorn:{${channel.id}}:*`)),
    ...(await redis.keys(`posthorn:{dead.${channel.provider}}:*`)),
  ];
  if (keys.length > 0) await redis.del(...keys);
  await redis.quit();
});

const job = (ulid = '01JD8T0Z5R4YV3W2X1Q0P9N8M7'): SendJob => ({
  v: 1,
  channelId: channel.id,
  messageId: messageIdSchema.parse(`msg_${channel.id}_${ulid}`),
  generation: 1,
});
const jobId = (payload: SendJob): string => `${payload.messageId}_${payload.generation}`;
const add = async (payload: object, id: string) =>
  await queues.open(sendQueue(channel)).add('send', payload, { jobId: id });

function run(
  process: (payload: SendJob) => Promise<JobEnd>,
  onDead?: (id: string) => void,
  log = createMemoryLog().log,
): void {
  consumers.push(
    consume(
      { redis, clock: systemClock, log },
      {
        queue: sendQueue(channel),
        schema: sendJobSchema,
        concurrency: 5,
        lockMs: 1_000,
        stalledIntervalMs: 500,
        process,
        onDead,
      },
    ),
  );
}

async function until<Value>(look: () => Promise<Value>, good: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await look();
    if (good(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('consume', () => {
  it('forgets a job that is done', async () => {
    const seen = Promise.withResolvers<SendJob>();
    run(async (payload) => {
      seen.resolve(payload);
      return await Promise.resolve({ kind: 'done' });
    });
    await add(job(), jobId(job()));
    expect(await seen.promise).toEqual(job());
    await until(
      async () => await queues.open(sendQueue(channel)).getJob(jobId(job())),
      (found) => found === undefined,
    );
  });

  it('brings a job back after the time it was told, without counting attempts', async () => {
    const times: number[] = [];
    const over = Promise.withResolvers<number>();
    run(async () => {
      times.push(systemClock.now());
      if (times.length < 4) return await Promise.resolve({ kind: 'later', afterMs: 30 });
      const found = await queues.open(sendQueue(channel)).getJob(jobId(job()));
      over.resolve(found?.attemptsMade ?? -1);
      return { kind: 'done' };
    });
    await add(job(), jobId(job()));
    expect(await over.promise).toBe(0);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(29);
  });

  it('does not take an exception for a verdict: the job stays, and the log says so', async () => {
    const memory = createMemoryLog();
    run(async () => await Promise.reject(new Error('a bug')), undefined, memory.log);
    await add(job(), jobId(job()));
    await until(
      async () => await queues.open(sendQueue(channel)).getJobCounts('delayed'),
      ({ delayed }) => delayed === 1,
    );
    expect(JSON.stringify(memory.lines())).toContain('could not be processed');
  });

  it('keeps a job of a version it cannot read for a worker that can', async () => {
    let processed = 0;
    run(async () => {
      processed += 1;
      return await Promise.resolve({ kind: 'done' });
    });
    await add({ ...job(), v: 2 }, 'm_2');
    await until(
      async () => await queues.open(sendQueue(channel)).getJobCounts('delayed'),
      ({ delayed }) => delayed === 1,
    );
    expect(processed).toBe(0);
  });

  it('gives the job of a dead worker to another, more often than BullMQ’s own limit would', async () => {
    // A worker that died: its jobs lie active under no lock, however often that happened before.
    const queue = queues.open(sendQueue(channel));
    const added = await add(job(), jobId(job()));
    await redis.hset(`${sendQueue(channel).keyPrefix}${added.id}`, 'stc', 50);
    await redis.lmove(`${sendQueue(channel).keyPrefix}wait`, `${sendQueue(channel).keyPrefix}active`, 'RIGHT', 'LEFT');
    const seen = Promise.withResolvers<void>();
    run(async () => {
      seen.resolve();
      return await Promise.resolve({ kind: 'done' });
    });
    await seen.promise;
    expect(await queue.getFailedCount()).toBe(0);
  });
});

describe('dead letters', () => {
  const open = () => createDeadLetters({ queues, clock: systemClock });

  it('move from the failed set, once, whoever moves them and however often', async () => {
    const died = Promise.withResolvers<string>();
    run(
      async () => await Promise.resolve({ kind: 'dead', reason: deadReason('window_closed', '131047') }),
      died.resolve,
    );
    await add(job(), jobId(job()));
    const id = await died.promise;
    await Promise.all([open().move(channel, id), open().move(channel, id), open().sweep(channel)]);
    expect(await queues.open(sendQueue(channel)).getFailedCount()).toBe(0);
    const { letters } = await open().find(channel.provider, {}, { order: 'newest', limit: 10 });
    expect(letters).toMatchObject([
      {
        id: `dead_${jobId(job())}`,
        code: 'window_closed',
        providerCode: '131047',
        messageId: job().messageId,
        generation: 1,
      },
    ]);
  });

  it('are all found by the sweep when their mover died', async () => {
    const ends: string[] = [];
    run(
      async () => await Promise.resolve({ kind: 'dead', reason: deadReason('rejected') }),
      (id) => ends.push(id),
    );
    const jobs = Array.from({ length: 20 }, (_, at) => job(`01JD8T0Z5R4YV3W2X1Q0P9N8${String(at).padStart(2, '0')}`));
    await Promise.all(jobs.map(async (each) => await add(each, jobId(each))));
    await until(
      async () => await queues.open(sendQueue(channel)).getFailedCount(),
      (count) => count === 20,
    );
    expect(await open().sweep(channel)).toBe(20);
    expect(await queues.open(deadQueue(channel.provider)).getWaitingCount()).toBe(20);
  });

  it('a copy without its removal (the mover died in between) ends in one letter', async () => {
    const died = Promise.withResolvers<string>();
    run(async () => await Promise.resolve({ kind: 'dead', reason: deadReason('rejected') }), died.resolve);
    await add(job(), jobId(job()));
    await died.promise;
    await open().add(channel, { messageId: job().messageId, generation: 1, code: 'rejected' });
    expect(await open().sweep(channel)).toBe(1);
    expect((await open().find(channel.provider, {}, { order: 'newest', limit: 10 })).letters).toHaveLength(1);
  });
});

describe('the oldest job of each lane', () => {
  it('is measured by itself, and lanes without one are left out', async () => {
    const queue = queues.open(sendQueue(channel));
    expect(await measureLaneAges(queues, sendQueue(channel), 10_000)).toEqual({});
    const put = async (end: string, priority: number, timestamp: number): Promise<void> =>
      void (await queue.add('send', job(`01JD8T0Z5R4YV3W2X1Q0P9N8${end}`), { jobId: end, priority, timestamp }));
    // Those that came first are the oldest, also of one priority.
    await put('B1', 2, 1_000);
    await put('B2', 2, 3_000);
    await put('H1', 0, 7_000);
    await put('H2', 0, 8_000);
    expect(await measureLaneAges(queues, sendQueue(channel), 10_000)).toEqual({ high: 3_000, bulk: 9_000 });
    await put('N1', 1, 4_000);
    expect(await measureLaneAges(queues, sendQueue(channel), 10_000)).toEqual({
      high: 3_000,
      normal: 6_000,
      bulk: 9_000,
    });
  });
});
