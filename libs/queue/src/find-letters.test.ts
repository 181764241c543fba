import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { channelIdSchema, providerIdSchema } from '@posthorn/message';
import { Redis } from 'ioredis';
import type { DeadLetter, LetterFilter } from './find-letters.ts';
import { findLetters } from './find-letters.ts';
import { deadQueue } from './queue-ref.ts';
import { createQueues, type Queues } from './queues.ts';

const many = 5_200;
const startMs = 1_764_000_000_000;
const provider = providerIdSchema.parse(`p-${randomBytes(4).toString('hex')}`);
const [rare, usual] = [channelIdSchema.parse('rare'), channelIdSchema.parse('usual')];

let redis: Redis;
let queues: Queues;
beforeAll(async () => {
  redis = new Redis(process.env['POSTHORN_TEST_REDIS_URL'] ?? '', { maxRetriesPerRequest: null });
  queues = createQueues(redis);
  const queue = queues.open(deadQueue(provider));
  const pipeline = redis.pipeline();
  for (let at = 0; at < many; at += 1) {
    // Ten of each millisecond, and one in a thousand is of another channel.
    const diedAt = startMs + Math.floor(at / 10);
    const channelId = at % 1_000 === 7 ? rare : usual;
    const messageId = `msg_${channelId}_01JD8T0Z5R4YV3W2X1Q0${String(at).padStart(6, '0')}`;
    const about = { v: 1, provider, channelId, messageId, generation: 1, says: '', diedAt };
    const [code, providerCode] = at % 2 === 0 ? ['template_unknown', '132001'] : ['rejected', '100'];
    const id = `dead_${messageId}_1`;
    pipeline.hset(queue.toKey(id), 'data', JSON.stringify({ ...about, code, providerCode }));
    pipeline.zadd(queue.toKey('failed'), diedAt, id);
  }
  await pipeline.exec();
});
afterAll(async () => {
  await queues.close();
  await redis.del(...(await redis.keys(`posthorn:{dead.${provider}}:*`)));
  await redis.quit();
});

async function all(filter: LetterFilter, order: 'newest' | 'oldest', limit: number) {
  const found: DeadLetter[] = [];
  let pages = 0;
  for (let after: string | null | undefined; after !== null; pages += 1) {
    const page = await findLetters(redis, queues.open(deadQueue(provider)), filter, { order, after, limit });
    expect(page.letters.length).toBeLessThanOrEqual(limit);
    found.push(...page.letters);
    after = page.next;
  }
  return { found, pages };
}

describe('dead letters', () => {
  it.each(['newest', 'oldest'] as const)('are paged, each once, %s first', async (order) => {
    const { found, pages } = await all({}, order, 700);
    expect(new Set(found.map(({ id }) => id)).size).toBe(many);
    expect(pages).toBeGreaterThanOrEqual(Math.floor(many / 700));
    const times = found.map(({ diedAt }) => diedAt);
    expect(times).toEqual(times.toSorted((a, b) => (order === 'oldest' ? a - b : b - a)));
  });

  it('are found by channel, code, provider code and time; one page looks at a bounded number of them', async () => {
    expect((await all({ channelId: rare }, 'newest', 100)).found).toHaveLength(Math.ceil((many - 7) / 1_000));
    const from = startMs + 100;
    const window = { from, to: from + 4 };
    expect((await all(window, 'oldest', 20)).found).toHaveLength(50);
    expect((await all({ ...window, code: 'template_unknown' }, 'oldest', 20)).found).toHaveLength(25);
    expect((await all({ ...window, providerCode: '100' }, 'oldest', 20)).found).toHaveLength(25);
    const none = await findLetters(
      redis,
      queues.open(deadQueue(provider)),
      { code: 'x' },
      { order: 'newest', limit: 1 },
    );
    expect(none.letters).toEqual([]);
    expect(none.next).not.toBeNull();
  });

  it('that go away between two pages shift nothing', async () => {
    const queue = queues.open(deadQueue(provider));
    const first = await findLetters(redis, queue, {}, { order: 'oldest', limit: 15 });
    for (const { id } of first.letters) await queue.remove(id);
    const second = await findLetters(redis, queue, {}, { order: 'oldest', limit: 15, after: first.next });
    expect(second.letters[0]?.id).toMatch(/000015_1$/u);
  });
});
