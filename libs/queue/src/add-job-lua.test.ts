import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { addJobLua } from './add-job-lua.ts';

const url = process.env['POSTHORN_TEST_REDIS_URL'] ?? '';
const tag = `q-${randomBytes(6).toString('hex')}`;
let redis: Redis;
let theirs: Queue;
let ours: Queue;

beforeAll(() => {
  redis = new Redis(url);
  theirs = new Queue('theirs', { connection: redis, prefix: `posthorn:{${tag}}` });
  ours = new Queue('ours', { connection: redis, prefix: `posthorn:{${tag}}` });
});
afterAll(async () => {
  await theirs.close();
  await ours.close();
  const keys = await redis.keys(`posthorn:{${tag}}:*`);
  await redis.del(...keys);
  await redis.quit();
});

const data = { v: 1, messageId: 'msg_a_1' };

async function addOurs(id: string, priority: number, delay: number, now: number): Promise<void> {
  const call = `return add_job(KEYS[1], ARGV[1], 'send', ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]))`;
  await redis.eval(
    `${addJobLua()}\n${call}`,
    1,
    `posthorn:{${tag}}:ours:`,
    id,
    JSON.stringify(data),
    priority,
    delay,
    now,
  );
}

/** Everything a queue keeps, with its own name and the times of its event stream taken out. */
async function stored(name: string): Promise<Record<string, unknown>> {
  const prefix = `posthorn:{${tag}}:${name}:`;
  const found: Record<string, unknown> = {};
  for (const key of (await redis.keys(`${prefix}*`)).toSorted()) {
    const type = await redis.type(key);
    const short = key.slice(prefix.length);
    if (type === 'string') found[short] = await redis.get(key);
    if (type === 'hash') found[short] = await redis.hgetall(key);
    if (type === 'list') found[short] = await redis.lrange(key, 0, -1);
    if (type === 'zset') found[short] = await redis.zrange(key, '0', '-1', 'WITHSCORES');
    if (type === 'stream') found[short] = (await redis.xrange(key, '-', '+')).map(([, fields]) => fields);
  }
  return found;
}

/** `queue.add` also stores the options that it was called with; ours stores those that matter. */
function withoutOptions(state: Record<string, unknown>): Record<string, unknown> {
  const parsed: Record<string, unknown> = JSON.parse(JSON.stringify(state), (key, value: unknown) =>
    key === 'opts' ? undefined : value,
  );
  return parsed;
}

describe('adding a job from within a script', () => {
  it('leaves exactly what BullMQ’s own add leaves: waiting, prioritized and delayed jobs, markers and events', async () => {
    const now = 1_800_000_000_000;
    await theirs.add('send', data, { jobId: 'm_1', timestamp: now });
    await theirs.add('send', data, { jobId: 'm_2', timestamp: now, priority: 2 });
    await theirs.add('send', data, { jobId: 'm_3', timestamp: now, delay: 60_000 });
    await ours.waitUntilReady();
    await addOurs('m_1', 0, 0, now);
    await addOurs('m_2', 2, 0, now);
    await addOurs('m_3', 0, 60_000, now);
    expect(withoutOptions(await stored('ours'))).toEqual(withoutOptions(await stored('theirs')));
  });

  it('does nothing when the id is there already', async () => {
    const before = await ours.getJobCounts();
    await addOurs('m_1', 0, 0, 1_800_000_000_001);
    await addOurs('m_2', 0, 0, 1_800_000_000_001);
    expect(await ours.getJobCounts()).toEqual(before);
  });

  it('does not wake workers of a paused queue, and its job is there when the queue goes on', async () => {
    await ours.pause();
    await addOurs('m_4', 0, 0, 1_800_000_000_002);
    expect(await redis.zscore(`posthorn:{${tag}}:ours:marker`, '0')).toBeNull();
    await ours.resume();
    expect(await (await ours.getJob('m_4'))?.getState()).toBe('waiting');
  });
});
