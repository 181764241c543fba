import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLedger, type Ledger } from '@posthorn/ledger';
import {
  channelIdSchema,
  externalIdSchema,
  providerIdSchema,
  recipientSchema,
  tenantIdSchema,
  toMessageId,
  type MessageId,
} from '@posthorn/message';
import {
  consume,
  createDeadLetters,
  createQueues,
  deadJobSchema,
  deadQueue,
  deadReason,
  sendJobScript,
  type DeadLetters,
} from '@posthorn/queue';
import { createMemoryLog, systemClock } from '@posthorn/runtime';
import { createSealer } from '@posthorn/sealing';
import { Redis } from 'ioredis';
import { ulid } from 'ulid';
import { createAudit, type Audit } from './create-audit.ts';
import { createReplayRuns, type ReplayRuns } from './create-replay-runs.ts';
import { createRunExecutor } from './create-run-executor.ts';

const key = randomBytes(32);
const sealer = createSealer({ currentId: 'k1', keyById: new Map([['k1', key]]), lookupKey: key });
const channel = { id: channelIdSchema.parse('support'), provider: providerIdSchema.parse('kernel') };
const { log } = createMemoryLog();
const never = new AbortController().signal;

let redis: Redis;
let ledger: Ledger;
let deadLetters: DeadLetters;
let audit: Audit;
let runs: ReplayRuns;
let nowMs: number;
let closers: (() => Promise<unknown>)[];

beforeEach(async () => {
  redis = new Redis(process.env['POSTHORN_TEST_REDIS_URL'] ?? '', { db: 12, maxRetriesPerRequest: null });
  await redis.flushdb();
  const queues = createQueues(redis);
  ledger = createLedger({ redis, sealer, ...sendJobScript() });
  await ledger.setState(channel, 'open');
  deadLetters = createDeadLetters({ queues, clock: systemClock });
  audit = createAudit({ redis });
  nowMs = systemClock.now() + 60_000;
  runs = createReplayRuns({ ...parts(), newId: () => randomBytes(4).toString('hex') });
  // As a worker does.
  const parking = consume(
    { redis, clock: systemClock, log },
    {
      queue: deadQueue(channel.provider),
      schema: deadJobSchema,
      concurrency: 5,
      lockMs: 30_000,
      stalledIntervalMs: 30_000,
      process: async () => await Promise.resolve({ kind: 'dead', reason: deadReason('template_paused') }),
    },
  );
  closers = [parking.close, queues.close];
});
afterEach(async () => {
  for (const close of closers) await close();
  await redis.flushdb();
  await redis.quit();
});

const parts = () => ({
  redis,
  registry: { get: () => null },
  ledger,
  deadLetters,
  audit,
  providers: [channel.provider],
  clock: { now: () => nowMs },
  log,
});
const executor = (holder = 'one') => createRunExecutor({ ...parts(), holder });

/** A tick a second later than the last one. */
async function tick(execute = executor()): Promise<void> {
  nowMs += 1_000;
  await execute(never);
}

async function end(id: MessageId, generation: number, kind: 'dead' | 'done'): Promise<void> {
  const activation = { channel, messageId: id, generation };
  const claim = await ledger.claim(activation, null);
  if (claim.kind !== 'go') throw new Error(`expected go, came ${claim.kind}`);
  const exchange = { attempt: claim.attempt, durationMs: 1 };
  const failure = { kind: 'failed', code: 'template_paused' } as const;
  if (kind === 'done')
    await ledger.record(activation, claim.token, { kind, externalId: externalIdSchema.parse(`x-${id}`) }, exchange);
  else {
    await ledger.record(activation, claim.token, { kind, code: failure.code, failure }, exchange);
    await deadLetters.add(channel, { messageId: id, generation, code: failure.code });
  }
}

async function deadOnes(count: number): Promise<readonly MessageId[]> {
  const ids = Array.from({ length: count }, () => toMessageId(channel.id, ulid()));
  for (const [at, id] of ids.entries()) {
    await ledger.accept(channel, {
      id,
      tenantId: tenantIdSchema.parse('default'),
      lane: 'normal',
      ordered: true,
      sealed: { to: recipientSchema.parse(`+1555000${1_000 + at}`), content: { type: 'text', body: 'hello' } },
      sendAt: null,
      expiresAt: null,
      traceparent: null,
    });
    await end(id, 1, 'dead');
  }
  for (;;) {
    if ((await redis.zcard(`${deadQueue(channel.provider).keyPrefix}failed`)) === count) return ids;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function statuses(ids: readonly MessageId[]): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const id of ids) {
    const status = (await ledger.get(channel, id))?.message.status ?? 'unknown';
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

const plan = { filter: {}, perSecond: 5, canary: null, canaryWaitMs: 30_000, by: 'test:ada', why: 'it is back' };

async function started(more: Partial<Parameters<ReplayRuns['start']>[0]> = {}): Promise<string> {
  const run = await runs.start({ ...plan, ...more });
  if (run === null) throw new Error('expected letters that fit');
  return run.id;
}

describe('a replay run', () => {
  it('replays all that fit, so many a second, wherever the scheduler that executes it dies, and is audited', async () => {
    const ids = await deadOnes(12);
    const id = await started({ filter: { code: 'template_paused' } });
    await tick();
    expect(await statuses(ids)).toEqual({ accepted: 5, failed: 7 });
    // One dies after it replayed, before it wrote down how far it is.
    const before = await redis.hget(`posthorn:{replay}:run:${id}`, 'run');
    await tick();
    await redis.hset(`posthorn:{replay}:run:${id}`, 'run', before ?? '');
    await redis.del('posthorn:{replay}:lock');
    for (let turn = 0; turn < 4; turn += 1) await tick(executor('another'));
    expect(await statuses(ids)).toEqual({ accepted: 12 });
    expect(await runs.get(id)).toMatchObject({ stage: 'finished', replayed: 12, total: 12, refused: {} });
    expect(await redis.zcard(`${deadQueue(channel.provider).keyPrefix}failed`)).toBe(0);
    const told = await audit.list({ limit: 10 });
    expect(told.map(({ by, action, result }) => [by, action, result])).toEqual([
      ['test:ada', 'replay_run.end', 'finished: no letter is left'],
      ['test:ada', 'replay_run.start', '12 letters: it is back'],
    ]);
    expect((await ledger.get(channel, ids[0] ?? toMessageId(channel.id, ulid())))?.timeline.at(-1)?.note).toContain(id);
  });

  it('stops when a canary fails again for the same reason, and replays nothing more', async () => {
    const ids = await deadOnes(6);
    const id = await started({ canary: 2, perSecond: 100 });
    await tick();
    expect(await runs.get(id)).toMatchObject({ stage: 'watching', replayed: 2 });
    await tick();
    expect(await statuses(ids)).toEqual({ accepted: 2, failed: 4 });
    for (const canary of ids.slice(0, 2)) await end(canary, 2, 'dead');
    await tick();
    const run = await runs.get(id);
    expect(run).toMatchObject({ stage: 'stopped', replayed: 2 });
    expect(run?.says).toContain('2 of 2 canaries failed again (template_paused)');
    await tick();
    expect(await statuses(ids)).toEqual({ failed: 6 });
  });

  it('goes on when the time of the canaries is over and they are out', async () => {
    const ids = await deadOnes(4);
    const id = await started({ canary: 1, perSecond: 100 });
    await tick();
    await end(ids[0] ?? toMessageId(channel.id, ulid()), 2, 'done');
    await tick();
    expect(await runs.get(id)).toMatchObject({ stage: 'watching' });
    nowMs += 30_000;
    for (let turn = 0; turn < 4; turn += 1) await tick();
    expect(await runs.get(id)).toMatchObject({ stage: 'finished', replayed: 4 });
    expect(await statuses(ids)).toEqual({ submitted: 1, accepted: 3 });
  });

  it('stops when its canaries still wait, which proves nothing', async () => {
    await deadOnes(2);
    const id = await started({ canary: 1, perSecond: 100 });
    await tick();
    nowMs += 30_000;
    await tick();
    expect(await runs.get(id)).toMatchObject({ stage: 'stopped', replayed: 1 });
  });

  it('ends when it is aborted, and says by whom and why', async () => {
    const ids = await deadOnes(4);
    const id = await started({ perSecond: 1 });
    await tick();
    expect(await runs.abort(id, { by: 'test:bob', why: 'wrong filter' })).toBe('aborting');
    await tick();
    expect(await runs.get(id)).toMatchObject({ stage: 'aborted', replayed: 1, says: 'by test:bob: wrong filter' });
    expect(await statuses(ids)).toEqual({ accepted: 1, failed: 3 });
    expect(await runs.abort(id, { by: 'test:bob' })).toBe('over');
    expect(await runs.abort('run_of_nobody', { by: 'test:bob' })).toBe('unknown');
  });

  it('is not started where no letter fits, and leaves what cannot be replayed', async () => {
    expect(await runs.start(plan)).toBeNull();
    const ids = await deadOnes(2);
    await redis.del(`posthorn:{${channel.id}}:s:${ids[0]?.slice(-26)}`);
    const id = await started({ perSecond: 100 });
    for (let turn = 0; turn < 3; turn += 1) await tick();
    expect(await runs.get(id)).toMatchObject({ stage: 'finished', replayed: 1, refused: { content_gone: 1 } });
  });

  it('is executed by one scheduler at a time', async () => {
    const ids = await deadOnes(3);
    await started({ perSecond: 1 });
    await redis.set('posthorn:{replay}:lock', 'another', 'PX', 60_000);
    await tick();
    expect(await statuses(ids)).toEqual({ failed: 3 });
  });
});
