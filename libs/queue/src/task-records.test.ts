import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { providerIdSchema } from '@posthorn/message';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { taskQueue } from './queue-ref.ts';
import { createQueues, type Queues } from './queues.ts';
import { createTaskRecords } from './task-records.ts';

const provider = providerIdSchema.parse('task-records-test');
const key = randomBytes(32).toString('base64');
const sealer = createSealer(parseKeyRing(`k1:${key}`, key));
let redis: Redis;
let queues: Queues;
const records = () => createTaskRecords({ redis, sealer, schema: z.object({ secret: z.string() }), keptMs: 60_000 });
const job = (run: number) => ({
  id: `one_${run}`,
  data: { v: 1, kind: 'onboarding', id: 'one', run } as const,
  nowMs: Date.now(),
});

beforeAll(async () => {
  redis = new Redis(process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379', { maxRetriesPerRequest: null });
  queues = createQueues(redis);
  await queues.open(taskQueue(provider)).obliterate({ force: true });
  await redis.del(`${taskQueue(provider).prefix}:record:one`);
});
afterAll(async () => {
  await queues.open(taskQueue(provider)).obliterate({ force: true });
  await queues.close();
  await redis.quit();
});

describe('records of tasks', () => {
  it('are written with their job or not at all, sealed, and end', async () => {
    expect(await records().read(provider, 'one')).toBeNull();
    expect(await records().save(provider, 'one', 0, { secret: 'EAA' }, job(1))).toBe(1);
    expect(await records().read(provider, 'one')).toEqual({ value: { secret: 'EAA' }, version: 1 });
    expect(await records().save(provider, 'one', 0, { secret: 'other' }, job(2))).toBeNull();
    const jobs = await queues.open(taskQueue(provider)).getWaiting();
    expect(jobs.map(({ id, name, data }) => ({ id, name, data }))).toEqual([
      { id: 'one_1', name: 'onboarding', data: { v: 1, kind: 'onboarding', id: 'one', run: 1 } },
    ]);
    const recordKey = `${taskQueue(provider).prefix}:record:one`;
    expect(JSON.stringify(await redis.hgetall(recordKey))).not.toContain('EAA');
    expect(await redis.pttl(recordKey)).toBeGreaterThan(0);
  });

  it('are replaced by who read the last version', async () => {
    expect(await records().save(provider, 'one', 1, { secret: 'next' })).toBe(2);
    expect(await records().save(provider, 'one', 1, { secret: 'late' })).toBeNull();
    expect(await records().read(provider, 'one')).toEqual({ value: { secret: 'next' }, version: 2 });
  });

  it('cannot be read with another key', async () => {
    const other = randomBytes(32).toString('base64');
    const strange = createTaskRecords({
      redis,
      sealer: createSealer(parseKeyRing(`k2:${other}`, other)),
      schema: z.object({ secret: z.string() }),
      keptMs: 60_000,
    });
    expect(await strange.read(provider, 'one')).toBeNull();
  });
});
