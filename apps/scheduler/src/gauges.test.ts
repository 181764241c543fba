import { randomBytes, randomInt } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { channelInputSchema, type Channel } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { recipientSchema, subscriptionIdSchema, tenantIdSchema, toMessageId } from '@posthorn/message';
import { createQueues, eventQueue, sendJobScript, sendQueue } from '@posthorn/queue';
import { closeRedis, connectRedis, createMetrics } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { createDeliveryLog, newSubscription, type Subscription } from '@posthorn/subscription';
import { registerChannelGauges } from './channel-gauges.ts';
import { registerFleetGauges } from './fleet-gauges.ts';
import { registerRedisGauges } from './redis-gauges.ts';
import { registerSubscriptionGauges } from './subscription-gauges.ts';

const redis = connectRedis({ url: process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379', role: 'admin' });
const queues = createQueues(redis);
const key = randomBytes(32).toString('base64');
const sealer = createSealer(parseKeyRing(`k1:${key}`, key));
let nowMs = 1_764_000_000_000;
const clock = { now: () => nowMs };
const ledger = createLedger({
  redis,
  sealer,
  ...sendJobScript(),
  now: clock.now,
});
const deliveries = createDeliveryLog({ redis, sealer });
const tenantId = tenantIdSchema.parse('acme');
const tags: string[] = [];
/** Digits alone are one too. */
const ulid = (): string => `01${Array.from({ length: 24 }, () => randomInt(10)).join('')}`;

afterAll(async () => {
  await queues.close();
  for (const tag of tags) {
    const keys = await redis.keys(`posthorn:{${tag}}:*`);
    if (keys.length > 0) await redis.del(...keys);
  }
  await closeRedis(redis);
});

async function openChannel(): Promise<Channel> {
  const id = `c-${randomBytes(5).toString('hex')}`;
  const channel = { ...channelInputSchema.parse({ id, tenantId, provider: 'kernel', settings: {} }), version: 1 };
  await ledger.setState(channel, 'open');
  tags.push(id);
  return channel;
}

async function accept(channel: Channel, lane: 'high' | 'bulk', to: string) {
  const messageId = toMessageId(channel.id, ulid());
  await ledger.accept(channel, {
    id: messageId,
    tenantId,
    lane,
    ordered: true,
    sealed: { to: recipientSchema.parse(to), content: { type: 'text', body: 'hello' } },
    sendAt: null,
    expiresAt: null,
    traceparent: null,
  });
  return { channel, messageId, generation: 1 };
}

function subscribe(): Subscription {
  const id = subscriptionIdSchema.parse(`sub_${ulid()}`);
  tags.push(id);
  return { ...newSubscription({ id, tenantId, url: 'https://example.com/', secrets: [] }, 0), version: 1 };
}

async function shown(register: (metrics: ReturnType<typeof createMetrics>) => void, of: RegExp): Promise<string[]> {
  const metrics = createMetrics({ app: 'scheduler' });
  register(metrics);
  const lines = (await metrics.registry.metrics()).split('\n');
  return lines.filter((line) => line.startsWith('posthorn_') && of.test(line)).toSorted();
}

describe('gauges of channels', () => {
  it('tell at the first scrape how long each lane waits, what is held and who is paused', async () => {
    const [running, paused] = [await openChannel(), await openChannel()];
    await accept(running, 'bulk', '+15550001001');
    await accept(paused, 'bulk', '+15550001001');
    await queues.open(sendQueue(paused)).pause();
    nowMs += 40_000;
    const held = await accept(running, 'high', '+15550001002');
    await ledger.claim(held, null);
    // Its worker died.
    await ledger.claim(held, null);
    nowMs += 20_000;
    const registry = { list: () => [running, paused] };
    const lines = await shown(
      (metrics) => registerChannelGauges(metrics, { queues, registry, ledger, clock }),
      /lane_|held_|channels\{/u,
    );
    expect(lines).toEqual(
      [
        'posthorn_channels{provider="kernel",state="paused"} 1',
        'posthorn_channels{provider="kernel",state="running"} 1',
        'posthorn_held_messages{provider="kernel"} 1',
        'posthorn_held_oldest_age_seconds{provider="kernel"} 20',
        'posthorn_lane_oldest_age_seconds{provider="kernel",lane="bulk"} 60',
        'posthorn_lane_oldest_age_seconds{provider="kernel",lane="high"} 20',
        'posthorn_lane_oldest_age_seconds{provider="kernel",lane="normal"} 0',
      ].toSorted(),
    );
    const ages = await shown(
      (metrics) => registerFleetGauges(metrics, { queues, registry, clock, providers: [] }),
      /queue_oldest_age_seconds\{queue="send/u,
    );
    expect(ages).toContain(`posthorn_queue_oldest_age_seconds{queue="send.kernel.${running.id}"} 60`);
  });
});

describe('gauges of subscribers', () => {
  it('tell what waits, what is retried and since when one fails; of many only the whole', async () => {
    const [one, other] = [subscribe(), subscribe()];
    const queue = queues.open(eventQueue(one.id));
    await queue.add('event', {}, { jobId: 'a', timestamp: nowMs - 5_000 });
    await queue.add('event', {}, { jobId: 'b', timestamp: nowMs - 9_000, delay: 60_000 });
    const record = { eventId: 'e', type: 'message.read', attempt: 1, reason: null, durationMs: 1, nextAt: null };
    await deliveries.add(one.id, { ...record, at: nowMs - 7_000, outcome: 'later', status: 500, answer: null });
    const deps = { queues, subscriptions: { list: () => [one, other] }, deliveries, clock };
    const of = /subscription_/u;
    const each = await shown((metrics) => registerSubscriptionGauges(metrics, deps), of);
    expect(each.filter((line) => line.includes(one.id))).toEqual([
      `posthorn_subscription_events{subscription="${one.id}",state="delivering"} 0`,
      `posthorn_subscription_events{subscription="${one.id}",state="retrying"} 1`,
      `posthorn_subscription_events{subscription="${one.id}",state="waiting"} 1`,
      `posthorn_subscription_failing_seconds{subscription="${one.id}"} 7`,
      `posthorn_subscription_oldest_age_seconds{subscription="${one.id}"} 5`,
    ]);
    expect(each).toContain(`posthorn_subscription_failing_seconds{subscription="${other.id}"} 0`);
    expect(await shown((metrics) => registerSubscriptionGauges(metrics, { ...deps, subscriptionsMax: 1 }), of)).toEqual(
      [
        'posthorn_subscription_events{subscription="all",state="delivering"} 0',
        'posthorn_subscription_events{subscription="all",state="retrying"} 1',
        'posthorn_subscription_events{subscription="all",state="waiting"} 1',
        'posthorn_subscription_failing_seconds{subscription="all"} 7',
        'posthorn_subscription_oldest_age_seconds{subscription="all"} 5',
      ],
    );
  });
});

it('the gauge of connections tells how many there are, and may be', async () => {
  const lines = await shown((metrics) => registerRedisGauges(metrics, { redis, clock }), /connections/u);
  expect(lines[0]).toMatch(/\{kind="max"\} [1-9]\d+$/u);
  expect(lines[1]).toMatch(/\{kind="used"\} [1-9]\d*$/u);
});
