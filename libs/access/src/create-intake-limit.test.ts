import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis } from '@posthorn/runtime';
import { createIntakeLimit } from './create-intake-limit.ts';
import { createTenants } from './tenants.ts';

const url = process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const redis = connectRedis({ url, role: 'admin' });
const tenants = createTenants({ redis });
afterAll(() => closeRedis(redis));

/** Copies of ingress that share one time, here and in Redis. */
async function setUp(messages: number | null, { perMs = 60_000, copies = 1 } = {}) {
  const tenant = `tenant-${randomUUID()}`;
  if (messages !== null) await tenants.set(tenant, { intake: { messages, perMs } });
  let nowMs = 1_764_000_000_000;
  let calls = 0;
  const counting = Object.assign(Object.create(redis), {
    callBuffer: (...args: Parameters<typeof redis.callBuffer>) => {
      calls += 1;
      return redis.callBuffer(...args);
    },
  });
  const deps = { redis: counting, clock: { now: () => nowMs }, redisNow: () => nowMs };
  const limits = Array.from({ length: copies }, () => createIntakeLimit(deps));
  const limit = limits[0] ?? createIntakeLimit(deps);
  return {
    tenant,
    limit,
    limits,
    take: async (count = 1) => await limit.take(tenant, count),
    pass: (ms: number) => void (nowMs += ms),
    calls: () => calls,
  };
}

async function taken(takes: readonly (() => Promise<{ readonly kind: string }>)[]): Promise<number> {
  let count = 0;
  for (const take of takes) if ((await take()).kind === 'ok') count += 1;
  return count;
}

describe('intake limit: one tenant', () => {
  it('is none for whom none is set', async () => {
    const { take, calls } = await setUp(null);
    for (let n = 0; n < 50; n += 1) expect(await take()).toEqual({ kind: 'unlimited' });
    expect(calls()).toBeLessThanOrEqual(2);
  });

  it('takes the quota, then says when the next one is taken', async () => {
    const { take, pass } = await setUp(60);
    expect(await taken(Array.from({ length: 60 }, () => take))).toBe(60);
    expect(await take()).toEqual({ kind: 'over', quota: 60, perMs: 60_000, remaining: 0, retryAfterMs: 1000 });
    pass(999);
    expect((await take()).kind).toBe('over');
    pass(1);
    expect((await take()).kind).toBe('ok');
    expect((await take()).kind).toBe('over');
  });

  it('counts a batch by its messages, all of them or none', async () => {
    const { take, pass } = await setUp(60);
    expect(await take(50)).toMatchObject({ kind: 'ok', remaining: 10 });
    expect(await take(20)).toMatchObject({ kind: 'over', retryAfterMs: 10_000 });
    expect((await take(10)).kind).toBe('ok');
    pass(60_000);
    expect((await take(60)).kind).toBe('ok');
    expect(await take(61)).toEqual({ kind: 'never', quota: 60, perMs: 60_000 });
  });

  it('tells from memory who is over, without asking again', async () => {
    const { take, calls } = await setUp(10);
    expect(await taken(Array.from({ length: 30 }, () => take))).toBe(10);
    const before = calls();
    expect(await taken(Array.from({ length: 500 }, () => take))).toBe(0);
    expect(calls()).toBe(before);
  });

  it('never gives more than the quota and what refills, however many ask at once', async () => {
    const { take, pass } = await setUp(100);
    const burst = async () =>
      (await Promise.all(Array.from({ length: 300 }, () => take()))).filter(({ kind }) => kind === 'ok').length;
    expect(await burst()).toBe(100);
    pass(30_000);
    expect(await burst()).toBe(50);
  });

  it('follows a changed limit within 5 s', async () => {
    const { tenant, take, pass } = await setUp(5);
    expect(await taken(Array.from({ length: 9 }, () => take))).toBe(5);
    await tenants.set(tenant, { intake: null });
    pass(5001);
    while ((await take()).kind !== 'unlimited') await redis.ping();
    expect((await take(1000)).kind).toBe('unlimited');
  });
});

describe('intake limit: the good path', () => {
  it('waits for nothing: tokens were leased ahead, one call for many messages', async () => {
    const { take, pass, calls } = await setUp(60_000);
    await take();
    for (let second = 0; second < 10; second += 1) {
      for (let n = 0; n < 100; n += 1) expect((await take()).kind).toBe('ok');
      pass(1000);
      // What was begun in the background is done.
      await redis.ping();
    }
    expect(calls()).toBeLessThan(30);
  });

  it('goes on with Redis away: who stores the message knows better', async () => {
    const gone = connectRedis({ url: 'redis://127.0.0.1:1', role: 'producer' });
    gone.on('error', () => {});
    const limit = createIntakeLimit({ redis: gone, clock: { now: () => 0 } });
    expect(await limit.take('shop', 1)).toEqual({ kind: 'unlimited' });
    gone.disconnect();
  });
});

describe('intake limit: several copies', () => {
  it('share one quota', async () => {
    const { tenant, limit, limits, pass } = await setUp(200, { copies: 4 });
    const all = async () =>
      await taken(Array.from({ length: 400 }, (_, n) => async () => await (limits[n % 4] ?? limit).take(tenant, 1)));
    const first = await all();
    expect(first).toBe(200);
    pass(30_000);
    expect(await all()).toBe(100);
  });
});
