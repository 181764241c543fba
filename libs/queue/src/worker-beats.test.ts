import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { channelIdSchema } from '@posthorn/message';
import { Redis } from 'ioredis';
import { beatLifeMs, createWorkerBeats } from './worker-beats.ts';

const channel = channelIdSchema.parse(`c-${randomBytes(4).toString('hex')}`);
let redis: Redis;
beforeAll(() => {
  redis = new Redis(process.env['POSTHORN_TEST_REDIS_URL'] ?? '', { maxRetriesPerRequest: null });
});
afterAll(async () => {
  await redis.del(`posthorn:{${channel}}:beat`);
  await redis.quit();
});

describe('signs of life', () => {
  it('tell how many workers serve a channel, and since when none does', async () => {
    let nowMs = 1_764_000_000_000;
    const beats = createWorkerBeats({ redis, now: () => nowMs });
    expect(await beats.of(channel)).toEqual({ running: 0, names: [], lastSeen: null });
    await beats.beat('one', [channel]);
    await beats.beat('other', [channel]);
    expect(await beats.of(channel)).toEqual({ running: 2, names: ['one', 'other'], lastSeen: nowMs });
    nowMs += 5_000;
    await beats.beat('one', [channel]);
    await beats.leave('other', [channel]);
    expect(await beats.of(channel)).toEqual({ running: 1, names: ['one'], lastSeen: nowMs });
    // One dies.
    const last = nowMs;
    nowMs += beatLifeMs;
    expect(await beats.of(channel)).toEqual({ running: 0, names: [], lastSeen: last });
    // A new one comes, and stops in good order.
    await beats.beat('third', [channel]);
    expect(await redis.zcard(`posthorn:{${channel}}:beat`)).toBe(1);
    await beats.leave('third', [channel]);
    expect(await beats.of(channel)).toEqual({ running: 0, names: [], lastSeen: nowMs });
    expect(await redis.ttl(`posthorn:{${channel}}:beat`)).toBeGreaterThan(0);
  });
});
