import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@posthorn/client';
import { externalIdSchema, recipientSchema, tenantIdSchema, toMessageId, type MessageId } from '@posthorn/message';
import { startPrivateRedis } from '@posthorn/private-redis';
import { createProducer, PosthornError, type Message, type Producer } from '@posthorn/producer';
import { closeRedis, connectRedis, parseRedisInfo } from '@posthorn/runtime';
import { ulid } from 'ulid';
import { startOnRedis, until } from './testing/start-on-redis.ts';

const closers: (() => unknown)[] = [];
let ingress: Awaited<ReturnType<typeof startOnRedis>>;
let producer: Producer;
let fill: (part: number) => Promise<void>;

beforeAll(async () => {
  const dir = fileURLToPath(new URL('../../../.posthorn', import.meta.url));
  const server = await startPrivateRedis({ dir, persistent: false, kinds: ['path', 'fetched'], log: () => undefined });
  closers.push(server.stop);
  const redis = connectRedis({ url: server.url, role: 'admin' });
  closers.push(() => closeRedis(redis));
  // Next to that, what scripts and connections take is nothing. Not by `SET`: Redis keeps a buffer for the next argument
  // of such a size, and gives it back some time later.
  await redis.setrange('ballast', 64 * 1024 * 1024 - 1, '.');
  const spoolDir = await mkdtemp(join(tmpdir(), 'posthorn-full-'));
  closers.push(() => rm(spoolDir, { recursive: true, force: true }));
  ingress = await startOnRedis(server.url, server.url, spoolDir, closers);
  producer = await createProducer({ redisUrl: server.url, ...ingress.keys });
  closers.push(producer.close);
  const used = async () => Number(parseRedisInfo(await redis.info('memory')).get('used_memory'));
  // The limit is moved to where it is that full: quicker than filling.
  fill = async (part) => void (await redis.config('SET', 'maxmemory', Math.ceil((await used()) / part)));
});
afterAll(async () => {
  // Closing writes, too.
  await fill(0.1);
  for (const close of closers.splice(0).toReversed()) await close();
});

async function accept(): Promise<MessageId> {
  const id = toMessageId(ingress.channel.id, ulid());
  const result = await ingress.ledger.accept(ingress.channel, {
    id,
    tenantId: tenantIdSchema.parse('default'),
    lane: 'normal',
    ordered: true,
    sealed: { to: recipientSchema.parse('+15550002222'), content: { type: 'text', body: 'hello' } },
    sendAt: null,
    expiresAt: null,
    traceparent: null,
  });
  expect(result.kind).toBe('accepted');
  return id;
}

describe('a message enqueued directly, beside HTTP', () => {
  it('has the keys that HTTP knows, and is refused with the same words', async () => {
    const client = createClient(ingress.access);
    const content = { type: 'text', body: 'hi' } as const;
    const message: Message = { channelId: ingress.channel.id, to: '+15550300003', content };
    const sent = await client.send(message, { idempotencyKey: 'order-1' });
    expect(await producer.send(message, { idempotencyKey: 'order-1' })).toEqual({ id: sent.id, replayed: true });
    const wrong = { ...message, to: '0815', callbackData: 'x'.repeat(2_000) };
    const [overHttp, direct] = await Promise.all(
      [client, producer].map(async (each) => {
        const refused: unknown = await each.send(wrong).catch((error: unknown) => error);
        if (!(refused instanceof PosthornError)) throw new Error('expected a refusal', { cause: refused });
        const { status, code, title, detail, errors } = refused.problem;
        return { status, code, title, detail, errors };
      }),
    );
    expect(overHttp).toMatchObject({ status: 422, errors: [{ pointer: '/to' }, { pointer: '/callbackData' }] });
    expect(direct).toEqual(overHttp);
  });
});

describe('a Redis that is nearly full', () => {
  it('refuses new messages from 85 % on, over HTTP and directly, and still takes webhooks', async () => {
    expect((await ingress.send()).status).toBe(202);
    const content = { type: 'text', body: 'hi' } as const;
    const enqueue = async () => await producer.send({ channelId: ingress.channel.id, to: '+15550001111', content });
    await enqueue();
    await fill(0.9);
    await until('messages are refused', async () => (await ingress.send()).status === 503);
    const refused = await ingress.send();
    expect(refused.body).toMatchObject({ code: 'storage_full' });
    expect(refused.headers.get('retry-after')).toBe('2');
    await until('the producer refuses', async () =>
      enqueue().then(
        () => false,
        () => true,
      ),
    );
    await expect(enqueue()).rejects.toMatchObject({ code: 'storage_full', status: 503, retryAfterMs: 2000 });
    expect((await ingress.webhook('{"nearly":1}')).status).toBe(200);
    expect(await ingress.stored()).toEqual(['{"nearly":1}']);
    expect((await ingress.ready()).body).toMatchObject({ status: 'degraded' });
    expect(await ingress.metricsText()).toMatch(/posthorn_redis_memory_ratio 0\.[89]/u);
  });

  it('ends what was accepted even when it is full, and keeps webhooks on disk until there is room', async () => {
    await fill(0.1);
    const id = await accept();
    await fill(1.2);
    await expect(accept()).rejects.toThrow('OOM');
    const activation = { channel: ingress.channel, messageId: id, generation: 1 };
    const claim = await ingress.ledger.claim(activation, null);
    if (claim.kind !== 'go') throw new Error(`expected go, came ${claim.kind}`);
    const externalId = externalIdSchema.parse('wamid.full');
    expect(
      await ingress.ledger.record(activation, claim.token, { kind: 'done', externalId }, { attempt: 1, durationMs: 1 }),
    ).toEqual({ kind: 'recorded' });
    expect((await ingress.webhook('{"full":1}')).status).toBe(200);
    expect(await ingress.stored()).toEqual(['{"nearly":1}']);

    await fill(0.2);
    await until('it is handed over', async () => (await ingress.stored()).includes('{"full":1}'));
    await until('messages are taken', async () => (await ingress.send()).status === 202);
  });
});
