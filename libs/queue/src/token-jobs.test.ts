import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { channelIdSchema } from '@posthorn/message';
import { Redis } from 'ioredis';
import { tokenJobSchema } from './jobs.ts';
import { tokenQueue } from './queue-ref.ts';
import { createQueues, type Queues } from './queues.ts';
import { planRenewal } from './token-jobs.ts';

const channelId = channelIdSchema.parse('soporte');
let redis: Redis;
let queues: Queues;

beforeAll(async () => {
  const url = process.env['POSTHORN_TEST_REDIS_URL'];
  if (url === undefined) throw new Error('expected POSTHORN_TEST_REDIS_URL; run the tests with npm test');
  redis = new Redis(url, { maxRetriesPerRequest: null });
  queues = createQueues(redis);
  await queues.open(tokenQueue()).obliterate({ force: true });
});
afterAll(async () => {
  await queues.open(tokenQueue()).obliterate({ force: true });
  await queues.close();
  await redis.quit();
});

describe('planned renewals', () => {
  it('are one job per channel, its version, and the token to be renewed; it holds no token', async () => {
    const renewal = { channelId, channelVersion: 3, tokenVersion: 7 };
    await planRenewal(queues, renewal, 60_000);
    await planRenewal(queues, renewal, 1);
    await planRenewal(queues, { ...renewal, tokenVersion: 8 }, 90_000);
    const jobs = await queues.open(tokenQueue()).getDelayed();
    expect(new Set(jobs.map(({ id }) => id))).toEqual(new Set(['soporte_3_7', 'soporte_3_8']));
    expect(jobs).toHaveLength(2);
    expect(new Set(jobs.map(({ data }) => tokenJobSchema.parse(data).tokenVersion))).toEqual(new Set([7, 8]));
    expect(jobs.find(({ id }) => id === 'soporte_3_7')?.delay).toBe(60_000);
  });
});
