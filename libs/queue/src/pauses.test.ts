import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { channelIdSchema, providerIdSchema, tenantIdSchema } from '@posthorn/message';
import { Redis } from 'ioredis';
import type { PausedChannel, Pauses } from './pauses.ts';
import { createPauses } from './pauses.ts';
import { sendQueue } from './queue-ref.ts';
import type { Queues } from './queues.ts';
import { createQueues } from './queues.ts';

let redis: Redis;
let queues: Queues;
let pauses: Pauses;
let now = 1_000;
let support: PausedChannel;
let sales: PausedChannel;
beforeAll(() => {
  redis = new Redis(process.env['POSTHORN_TEST_REDIS_URL'] ?? '', { maxRetriesPerRequest: null });
  queues = createQueues(redis);
  pauses = createPauses({ redis, queues, clock: { now: () => now } });
});
afterAll(async () => {
  await queues.close();
  await redis.quit();
});
beforeEach(() => {
  now = 1_000;
  const mark = randomBytes(4).toString('hex');
  const channel = (id: string, tenant: string): PausedChannel => ({
    id: channelIdSchema.parse(`${id}-${mark}`),
    provider: providerIdSchema.parse(`p-${mark}`),
    tenantId: tenantIdSchema.parse(`${tenant}-${mark}`),
  });
  support = channel('support', 'acme');
  sales = channel('sales', 'other');
});

const isPaused = async (channel: PausedChannel): Promise<boolean> => await queues.open(sendQueue(channel)).isPaused();
const reasonsOf = async (channel: PausedChannel): Promise<string[]> =>
  (await pauses.reasons(channel)).map(({ reason }) => reason).toSorted();

describe('pauses', () => {
  it('last until the last owner lets go, and each lets go of its own', async () => {
    await pauses.pause(support, 'operator', 'ann', { why: 'maintenance' });
    now = 2_000;
    await pauses.pause(support, 'operator', 'ann', { why: 'again' });
    await pauses.pause(support, 'credentials', 'worker');
    expect((await pauses.reasons(support))[0]).toEqual({
      reason: 'operator',
      by: 'ann',
      at: 1_000,
      why: 'maintenance',
    });
    await pauses.resume(support, 'operator');
    expect(await isPaused(support)).toBe(true);
    await pauses.resume(support, 'credentials');
    expect(await isPaused(support)).toBe(false);
  });

  it('of an account end where they began, and leave a channel’s own trouble', async () => {
    const { id } = support;
    await pauses.pause(sales, 'credentials', 'credentials_refused');
    await pauses.pause(sales, 'credentials', 'account_blocked', { from: id });
    await pauses.resume(sales, 'credentials', id);
    expect(await isPaused(sales)).toBe(true); // its own
    await pauses.resume(sales, 'credentials');
    await pauses.pause(sales, 'credentials', 'account_blocked', { from: id });
    await pauses.resume(sales, 'credentials', sales.id);
    expect(await isPaused(sales)).toBe(true);
    await pauses.resume(sales, 'credentials', id);
    expect(await isPaused(sales)).toBe(false);
  });
});

describe('a pause of many', () => {
  it.each(['provider', 'tenant'] as const)('holds the channels of its %s, and no others', async (kind) => {
    const scope = kind === 'provider' ? { kind, provider: support.provider } : { kind, tenantId: support.tenantId };
    const elsewhere = { ...sales, provider: providerIdSchema.parse('elsewhere') };
    expect(await pauses.pauseMany(scope, { by: 'ann', why: 'incident 7' }, [support, elsewhere])).toBe(1);
    expect([await isPaused(support), await isPaused(elsewhere)]).toEqual([true, false]);
    expect(await pauses.many()).toContainEqual({ scope, by: 'ann', at: 1_000, why: 'incident 7' });
    await pauses.resumeMany(scope, [support, elsewhere]);
    expect(await isPaused(support)).toBe(false);
  });

  it('holds channels that come later, and lets go of what a dead command left', async () => {
    const scope = { kind: 'tenant', tenantId: support.tenantId } as const;
    await pauses.pauseMany(scope, { by: 'ann' }, []);
    expect(await pauses.align(support)).toBe(true);
    expect(await pauses.align(support)).toBe(false);
    expect(await reasonsOf(support)).toEqual(['tenant']);
    await pauses.pause(support, 'operator', 'ben');
    await pauses.resumeMany(scope, []); // died before it came to the channel
    expect(await pauses.align(support)).toBe(true);
    expect(await reasonsOf(support)).toEqual(['operator']);
    expect(await isPaused(support)).toBe(true);
  });
});
