import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createLedger, type Activation, type Ledger } from '@posthorn/ledger';
import {
  channelIdSchema,
  externalIdSchema,
  providerIdSchema,
  recipientSchema,
  tenantIdSchema,
  toMessageId,
} from '@posthorn/message';
import { sendJobScript } from '@posthorn/queue';
import {
  closeRedis,
  connectRedis,
  createMemoryLog,
  createMetrics,
  systemClock,
  type RedisClient,
} from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { ulid } from 'ulid';
import { createClaimGuard, type ClaimGuard } from './create-claim-guard.ts';

/** A database of its own: workers of other tests look at the same key for who Redis is. */
const url = `${process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379'}/9`;
const key = randomBytes(32).toString('base64');
const sealer = createSealer(parseKeyRing(`k1:${key}`, key));
const provider = providerIdSchema.parse('whatsapp-cloud');
const exchange = { attempt: 1, durationMs: 5 };
const closers: (() => unknown)[] = [];

interface Worker {
  readonly guard: ClaimGuard;
  readonly ledger: Ledger;
  readonly redis: RedisClient;
  readonly lines: () => readonly Readonly<Record<string, unknown>>[];
  readonly metricsText: () => Promise<string>;
}

const channel = () => ({ id: channelIdSchema.parse(`guard-${randomBytes(6).toString('hex')}`), provider });
let ours = channel();
/** As a server tells it; the one under test cannot be restarted for us. */
let runId = 'first';

function startWorker(quarantineMs = 2_000): Worker {
  const redis = connectRedis({ url, role: 'worker' });
  closers.push(() => closeRedis(redis));
  const { log, lines } = createMemoryLog();
  const metrics = createMetrics({ app: 'test' });
  const ledger = createLedger({
    redis,
    sealer,
    ...sendJobScript(),
    fenceOf: (ref) => guard.fenceOf(ref),
  });
  const guard: ClaimGuard = createClaimGuard({
    redis,
    ledger: { ...ledger, lookAtServer: async (...look) => ({ ...(await ledger.lookAtServer(...look)), runId }) },
    quarantineMs,
    clock: systemClock,
    log,
    metrics,
  });
  closers.push(guard.close);
  return { guard, ledger, redis, lines, metricsText: () => metrics.registry.metrics() };
}

const tenantId = tenantIdSchema.parse('acme');

async function accept({ ledger }: Worker, to: string): Promise<Activation> {
  const messageId = toMessageId(ours.id, ulid());
  const result = await ledger.accept(ours, {
    id: messageId,
    tenantId,
    lane: 'normal',
    ordered: true,
    sealed: { to: recipientSchema.parse(to), content: { type: 'text', body: 'hello' } },
    sendAt: null,
    expiresAt: null,
    traceparent: null,
  });
  expect(result.kind).toBe('accepted');
  return { channel: ours, messageId, generation: 1 };
}

beforeEach(async () => {
  ours = channel();
  runId = 'first';
  const redis = connectRedis({ url, role: 'admin' });
  await redis.flushdb();
  await redis.set(`posthorn:{${ours.id}}:state`, 'open');
  await closeRedis(redis);
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Loses what was written since the copy, as a Redis does that takes over or is restarted. */
async function loseWhile(redis: RedisClient, work: () => Promise<void>): Promise<void> {
  const kept = await Promise.all(
    (await redis.keys('posthorn:*')).map(async (name) => ({ name, dump: await redis.dumpBuffer(name) })),
  );
  await work();
  await redis.flushdb();
  for (const { name, dump } of kept) await redis.restore(name, 0, dump ?? '');
  // What a Redis that is new there finds, and what it does not know.
  await redis.set(`posthorn:{${ours.id}}:run`, 'the run before');
  await redis.script('FLUSH');
  runId = 'second';
}

describe('a worker whose Redis lost the last second', () => {
  it('sends nothing for a while, and writes back what it claimed and what came of it', async () => {
    const worker = startWorker();
    const [sent, underWay, waiting] = [
      await accept(worker, '+15550000001'),
      await accept(worker, '+15550000002'),
      await accept(worker, '+15550000003'),
    ];
    let token = '';
    await loseWhile(worker.redis, async () => {
      const first = await worker.guard.claim(sent, null);
      const second = await worker.guard.claim(underWay, null);
      if (first.kind !== 'go' || second.kind !== 'go') throw new Error('expected both to be granted');
      ({ token } = second);
      const externalId = externalIdSchema.parse('wamid.1');
      await worker.guard.record(sent, first.token, { kind: 'done', externalId }, exchange);
    });
    // Seen when the connection is a new one.
    const closed = once(worker.redis, 'close');
    worker.redis.disconnect(true);
    await closed;
    const after = await worker.guard.claim(waiting, null);
    expect(after).toMatchObject({ kind: 'wait', quarantined: true });
    expect((await worker.ledger.get(ours, sent.messageId))?.message.status).toBe('submitted');
    expect(
      await worker.guard.record(
        underWay,
        token,
        { kind: 'done', externalId: externalIdSchema.parse('wamid.2') },
        exchange,
      ),
    ).toEqual({ kind: 'recorded' });
    expect(await worker.metricsText()).toContain('posthorn_claims_restored_total 2');
  });

  it('learns it from the quarantine of another worker, where its own connection stood all the time', async () => {
    const [one, other] = [startWorker(), startWorker()];
    const [sent, waiting] = [await accept(one, '+15550000001'), await accept(one, '+15550000002')];
    await one.guard.fenceOf(ours).look();
    await loseWhile(one.redis, async () => {
      const claim = await one.guard.claim(sent, null);
      if (claim.kind !== 'go') throw new Error('expected it to be granted');
      await one.guard.record(
        sent,
        claim.token,
        { kind: 'done', externalId: externalIdSchema.parse('wamid.1') },
        exchange,
      );
    });
    await other.guard.fenceOf(ours).look();
    const giveUp = performance.now() + 120_000;
    while ((await one.ledger.get(ours, sent.messageId))?.message.status !== 'submitted') {
      if (performance.now() > giveUp) throw new Error('waited 120 s in vain');
      await one.guard.claim(waiting, null);
    }
    expect(await one.metricsText()).toContain('posthorn_claims_restored_total 1');
  });

  it('waits for nothing at a Redis that is new, or the one it was', async () => {
    const worker = startWorker();
    const message = await accept(worker, '+15550000001');
    worker.redis.disconnect(true);
    expect(await worker.guard.claim(message, null)).toMatchObject({ kind: 'go' });
  });

  it('says that nothing is sent only where that is so', async () => {
    for (const quarantineMs of [2_000, 0]) {
      const worker = startWorker(quarantineMs);
      await worker.redis.set(`posthorn:{${ours.id}}:run`, `before ${quarantineMs}`);
      await worker.guard.fenceOf(ours).look();
      await worker.redis.set(`posthorn:{${ours.id}}:run`, 'once more');
      await worker.guard.fenceOf(ours).look();
      const wait = 'nothing is sent from there until all workers have told what they sent last';
      const says = quarantineMs === 0 ? 'sending goes on at once, as POSTHORN_QUARANTINE_MS says' : wait;
      const told = worker.lines().filter(({ msg }) => String(msg).startsWith('Redis was restarted'));
      expect(told.map(({ msg }) => msg)).toEqual([`Redis was restarted, or another one took over: ${says}`]);
    }
  });
});
