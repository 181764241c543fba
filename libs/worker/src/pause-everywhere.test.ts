import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { channelIdSchema, messageIdSchema, providerIdSchema, tenantIdSchema } from '@posthorn/message';
import {
  consume,
  createPauses,
  createQueues,
  sendJobSchema,
  sendQueue,
  type Consumer,
  type Queues,
} from '@posthorn/queue';
import { closeRedis, connectRedis, createMemoryLog, systemClock, type RedisClient } from '@posthorn/runtime';
import { workerConfigSchema } from './worker-config.ts';

/** A database of its own: a pause of everything is one of everybody. */
const url = `${process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379'}/8`;
const key = randomBytes(32).toString('base64');
const provider = providerIdSchema.parse('kernel');
const channels = Array.from({ length: 5 }, (_, at) => ({
  id: channelIdSchema.parse(`shop-${at}`),
  provider,
  tenantId: tenantIdSchema.parse('default'),
}));

const redises: RedisClient[] = [];
const consumers: Consumer[] = [];
let operator: { readonly redis: RedisClient; readonly queues: Queues };

function connect(role: 'worker' | 'admin'): RedisClient {
  const redis = connectRedis({ url, role });
  redises.push(redis);
  return redis;
}

beforeAll(async () => {
  const redis = connect('admin');
  await redis.flushdb();
  operator = { redis, queues: createQueues(redis) };
});
afterAll(async () => {
  await Promise.all(consumers.map(async (consumer) => await consumer.close()));
  await operator.queues.close();
  await operator.redis.flushdb();
  await Promise.all(redises.map(async (redis) => await closeRedis(redis)));
});

describe('a pause of everything', () => {
  it('holds in every process: no job is begun after it, and channels are followed twice within 2 s', async () => {
    const { log } = createMemoryLog();
    const begun: number[] = [];
    // Two processes, as far as Redis can see.
    for (const redis of [connect('worker'), connect('worker')]) {
      for (const channel of channels) {
        consumers.push(
          consume(
            { redis, clock: systemClock, log },
            {
              queue: sendQueue(channel),
              schema: sendJobSchema,
              concurrency: 1,
              lockMs: 30_000,
              stalledIntervalMs: 30_000,
              process: async () => {
                begun.push(performance.now());
                return await Promise.resolve({ kind: 'later', afterMs: 1 });
              },
            },
          ),
        );
      }
    }
    for (const { id } of channels) {
      const messageId = messageIdSchema.parse(`msg_${id}_01JD8T0Z5R4YV3W2X1Q0P9N8M7`);
      const job = { v: 1, channelId: id, messageId, generation: 1 };
      await operator.queues.open(sendQueue({ id, provider })).add('send', job);
    }
    await until(() => begun.length > 50);
    const pauses = createPauses({ redis: operator.redis, queues: operator.queues, clock: systemClock });
    const saidAt = performance.now();
    await pauses.pauseMany({ kind: 'everything' }, { by: 'test:ada' }, channels);
    const doneAt = performance.now();
    // What was taken before goes back, also what is still on its way to a process; then all is still, and stays so.
    const queues = channels.map((channel) => operator.queues.open(sendQueue(channel)));
    const taken = async () => await Promise.all(queues.map(async (queue) => await queue.getActiveCount()));
    await until(async () => (await taken()).every((count) => count === 0));
    const still = begun.length;
    const last = Math.round(Math.max(...begun) - saidAt);
    process.stdout.write(
      `a pause of ${channels.length} channels took ${Math.round(doneAt - saidAt)} ms; the last job began ${last} ms after the command\n`,
    );
    for (const queue of queues) expect(await queue.isPaused()).toBe(true);
    expect(begun.length).toBe(still);
    await pauses.resumeMany({ kind: 'everything' }, channels);
    await until(() => begun.length > still + 10);
    // A channel that a process did not know yet: it follows the registry, and the pause of everything is aligned with it.
    const config = workerConfigSchema.parse({ POSTHORN_SEALING_KEYS: `k1:${key}`, POSTHORN_LOOKUP_KEY: key });
    expect(config.POSTHORN_FOLLOW_MS * 2).toBeLessThanOrEqual(2_000);
  });
});

async function until(good: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await good())) await new Promise((resolve) => setTimeout(resolve, 10));
}
