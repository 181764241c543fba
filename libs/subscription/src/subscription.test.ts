import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { channelIdSchema, subscriptionIdSchema, tenantIdSchema } from '@posthorn/message';
import { createMemoryLog } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { createSealer } from '@posthorn/sealing';
import { Redis } from 'ioredis';
import { ulid } from 'ulid';
import { createDeliveryLog } from './delivery-log.ts';
import { createSubscriptionRegistry } from './create-subscription-registry.ts';
import { newSubscription } from './new-subscription.ts';
import type { Subscription, SubscriptionRegistry } from './subscription.ts';
import { activeSecrets, wants, watches } from './subscription.ts';

let redis: Redis;
let sealer: Sealer;
const open: SubscriptionRegistry[] = [];
const { log } = createMemoryLog();

beforeAll(() => {
  redis = new Redis(process.env['POSTHORN_TEST_REDIS_URL'] ?? '');
  sealer = createSealer({ currentId: 'k1', keyById: new Map([['k1', randomBytes(32)]]), lookupKey: randomBytes(32) });
});
afterAll(async () => {
  await Promise.all(
    open.map(async (each) => {
      for (const { id } of each.list()) await each.remove(id);
      await each.close();
    }),
  );
  await redis.quit();
});

async function registry(): Promise<SubscriptionRegistry> {
  const opened = await createSubscriptionRegistry({ redis, sealer, log, followMs: 0 });
  open.push(opened);
  return opened;
}

const input = (changes: Partial<Subscription> = {}): Omit<Subscription, 'version'> =>
  newSubscription(
    {
      id: subscriptionIdSchema.parse(`sub_${ulid()}`),
      tenantId: tenantIdSchema.parse('acme'),
      url: 'https://example.com/hooks?token=secret-token',
      secrets: [{ secret: 'whsec_new', untilMs: null }],
      ...changes,
    },
    1,
  );

describe('subscriptions', () => {
  it('are seen by others, and nothing of them is readable in Redis', async () => {
    const [one, other] = [await registry(), await registry()];
    const added = await one.add(input());
    await other.refresh();
    expect(other.get(added.id)).toEqual(added);
    const stored = (await redis.hgetBuffer('posthorn:{subscriptions}:all', added.id))?.toString('latin1');
    expect(stored).not.toContain('whsec');
    expect(stored).not.toContain('secret-token');
  });

  it('keep both of two changes made at the same time', async () => {
    const [one, other] = [await registry(), await registry()];
    const { id } = await one.add(input());
    await Promise.all([
      one.change(id, (known) => ({ ...known, name: 'renamed' })),
      other.change(id, (known) => ({ ...known, held: { since: 1, reason: 'failing' } })),
    ]);
    await one.refresh();
    expect(one.get(id)).toMatchObject({ name: 'renamed', held: { reason: 'failing' }, version: 3 });
  });

  it('want types, and watch channels of their tenant alone', () => {
    const [support, sales] = [channelIdSchema.parse('support'), channelIdSchema.parse('sales')];
    const acme = tenantIdSchema.parse('acme');
    const some: Subscription = { ...input({ channels: [support], types: ['message.read'] }), version: 1 };
    expect(watches(some, { id: support, tenantId: acme })).toBe(true);
    expect(watches(some, { id: sales, tenantId: acme })).toBe(false);
    expect(watches({ ...some, channels: null }, { id: sales, tenantId: tenantIdSchema.parse('other') })).toBe(false);
    expect([wants(some, 'message.read'), wants(some, 'message.sent')]).toEqual([true, false]);
  });

  it('sign with an old secret until its time is over', () => {
    const rotated: Subscription = {
      ...input({
        secrets: [
          { secret: 'new', untilMs: null },
          { secret: 'old', untilMs: 100 },
        ],
      }),
      version: 1,
    };
    expect(activeSecrets(rotated, 99)).toEqual(['new', 'old']);
    expect(activeSecrets(rotated, 100)).toEqual(['new']);
  });
});

describe('the delivery log', () => {
  it('keeps the newest, sealed, and when one went well', async () => {
    const deliveries = createDeliveryLog({ redis, sealer });
    const { id } = input();
    const record = { eventId: 'evt_1', type: 'message.read', attempt: 1, reason: null, durationMs: 1, nextAt: null };
    await deliveries.add(id, { ...record, at: 5, outcome: 'later', status: 500, answer: 'private words' });
    expect(await deliveries.lastGoodAt(id)).toBe(0);
    await deliveries.add(id, { ...record, at: 6, outcome: 'delivered', status: 200, answer: null });
    expect((await deliveries.list(id, 10)).map(({ at }) => at)).toEqual([6, 5]);
    expect(await deliveries.lastGoodAt(id)).toBe(6);
    expect((await redis.lrangeBuffer(`posthorn:{${id}}:log`, 0, -1)).toString()).not.toContain('private');
    await deliveries.calm(id, 60_000);
    await deliveries.calm(id, 1);
    expect(await deliveries.calmForMs(id)).toBeGreaterThan(1_000);
    await deliveries.forget(id);
    expect(await deliveries.list(id, 10)).toEqual([]);
  });

  it('forgets what was answered before a time, and nothing else', async () => {
    const deliveries = createDeliveryLog({ redis, sealer });
    const { id } = input();
    const record = {
      type: 'message.read',
      attempt: 1,
      outcome: 'later',
      status: 500,
      reason: null,
      durationMs: 1,
    } as const;
    for (const at of [5, 6, 7])
      await deliveries.add(id, { ...record, eventId: `evt_${at}`, at, answer: `words of ${at}`, nextAt: null });
    expect(await deliveries.forgetAnswers(id, 7)).toBe(2);
    expect(await deliveries.forgetAnswers(id, 7)).toBe(0);
    expect((await deliveries.list(id, 10)).map(({ eventId, answer }) => [eventId, answer])).toEqual([
      ['evt_7', 'words of 7'],
      ['evt_6', null],
      ['evt_5', null],
    ]);
    await deliveries.forget(id);
  });

  it('knows since when deliveries fail, until one goes well', async () => {
    const deliveries = createDeliveryLog({ redis, sealer });
    const { id } = input();
    const record = { eventId: 'evt_1', type: 'message.read', attempt: 1, reason: null, durationMs: 1, nextAt: null };
    const [failed, good] = [
      { ...record, outcome: 'later', status: 500, answer: null } as const,
      { ...record, outcome: 'delivered', status: 200, answer: null } as const,
    ];
    expect(await deliveries.failingSince(id)).toBeNull();
    for (const at of [5, 6]) await deliveries.add(id, { ...failed, at });
    await deliveries.add(id, { ...failed, outcome: 'dead', at: 7 });
    expect(await deliveries.failingSince(id)).toBe(5);
    await deliveries.add(id, { ...good, at: 8 });
    expect(await deliveries.failingSince(id)).toBeNull();
    await deliveries.add(id, { ...failed, at: 9 });
    expect(await deliveries.failingSince(id)).toBe(9);
    await deliveries.forget(id);
    expect(await redis.keys(`posthorn:{${id}}:*`)).toEqual([]);
  });

  it('keeps the newest 200, for 31 days', async () => {
    const deliveries = createDeliveryLog({ redis, sealer });
    const { id } = input();
    const record = { type: 'message.read', attempt: 1, reason: null, durationMs: 1, nextAt: null } as const;
    await Promise.all(
      Array.from(
        { length: 203 },
        async (_, at) =>
          await deliveries.add(id, {
            ...record,
            eventId: `evt_${at}`,
            at,
            outcome: 'delivered',
            status: 200,
            answer: null,
          }),
      ),
    );
    const kept = await deliveries.list(id, 1_000);
    expect([kept.length, kept[0]?.at, kept.at(-1)?.at]).toEqual([200, 202, 3]);
    for (const key of await redis.keys(`posthorn:{${id}}:*`)) {
      const seconds = await redis.ttl(key);
      expect(seconds).toBeGreaterThan(30 * 86_400);
      expect(seconds).toBeLessThanOrEqual(31 * 86_400);
    }
    await deliveries.forget(id);
  });
});
