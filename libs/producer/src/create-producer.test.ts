import { randomBytes, randomUUID } from 'node:crypto';
import { createTenants } from '@posthorn/access';
import type { Channel } from '@posthorn/channel';
import { PosthornError, type Message } from '@posthorn/client';
import type { Ledger } from '@posthorn/ledger';
import { messageIdSchema, recipientSchema } from '@posthorn/message';
import { sendQueue } from '@posthorn/queue';
import { closeRedis, connectRedis, type RedisClient } from '@posthorn/runtime';
import { startStallingProxy } from '@posthorn/runtime/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createProducer } from './create-producer.ts';
import type { Producer, ProducerOptions } from './producer.ts';
import { openFleet, testRedisUrl } from './testing/open-fleet.ts';

const tenantId = `shop-${randomUUID()}`;
const neighbour = `neighbour-${randomUUID()}`;
const key = randomBytes(32).toString('base64');
const options: ProducerOptions = { redisUrl: testRedisUrl, sealingKeys: `k1:${key}`, lookupKey: key, tenantId };

const closers: (() => unknown)[] = [];
let redis: RedisClient;
let ledger: Ledger;
let ours: Channel;
let theirs: Channel;
let closed: Channel;
let producer: Producer;

beforeAll(async () => {
  redis = connectRedis({ url: testRedisUrl, role: 'admin' });
  closers.push(() => closeRedis(redis));
  const fleet = await openFleet(redis, options.sealingKeys, options.lookupKey);
  closers.push(fleet.close);
  ({ ledger } = fleet);
  ours = await fleet.putChannel(tenantId, 'open');
  theirs = await fleet.putChannel(neighbour, 'open');
  closed = await fleet.putChannel(tenantId, 'draining');
  producer = await start();
});
afterAll(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function start(more: Partial<ProducerOptions> = {}): Promise<Producer> {
  const opened = await createProducer({ ...options, ...more });
  closers.push(opened.close);
  return opened;
}

const message = (changes: object = {}): Message => ({
  channelId: ours.id,
  to: '+15550001111',
  content: { type: 'text', body: 'hi' },
  ...changes,
});

async function stored(id: string) {
  return (await ledger.get(ours, messageIdSchema.parse(id)))?.message;
}

/** What a send was refused with. */
async function refusal(send: Promise<unknown>) {
  const error = await send.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PosthornError)) throw new Error('expected a refusal', { cause: error });
  const { code, status, problem, retryAfterMs } = error;
  return { code, status, pointers: (problem.errors ?? []).map(({ pointer }) => pointer), retryAfterMs };
}

describe('a message enqueued without HTTP', () => {
  it('is stored for good, and its conversation has a job', async () => {
    const { id, replayed } = await producer.send(message({ to: '+15550000001', callbackData: 'order-1' }));
    expect(replayed).toBe(false);
    expect(await stored(id)).toMatchObject({
      status: 'accepted',
      sealed: { to: '+15550000001', callbackData: 'order-1' },
    });
    expect(await redis.exists(`${sendQueue(ours).keyPrefix}${id}_1`)).toBe(1);
  });

  const image = (source: object) => ({ content: { type: 'image', ...source } });
  const stranger = { media: { id: 'med_01JD8T0Z5R4YV3W2X1Q0P9N8M7' } };
  const long = { content: { type: 'text', body: 'x'.repeat(5000) } };
  it.each([
    ['a number that is none', { to: '0815' }, 'invalid_request', 422, '/to'],
    ['a field nobody knows', { colour: 'red' }, 'invalid_request', 422, '/colour'],
    ['content beyond what the provider takes', long, 'content_refused', 422, '/content/body'],
    ['a channel that is not there', { channelId: 'nowhere' }, 'channel_not_found', 404, '/channelId'],
    ['a file that is not there', image(stranger), 'invalid_request', 422, '/content/media'],
    ['a bucket nobody knows', image({ object: { bucket: 'b', key: 'k' } }), 'invalid_request', 422, '/content/object'],
    ['free text to someone who has not written', { window: 'refuse' }, 'window_closed', 422, '/content/type'],
  ])('is refused for %s, as over HTTP', async (_name, changes, code, status, pointer) => {
    expect(await refusal(producer.send(message(changes)))).toEqual({
      code,
      status,
      pointers: [pointer],
      retryAfterMs: null,
    });
  });

  it('is refused by another tenant’s channel as if there were none, and by one that is being removed', async () => {
    expect(await refusal(producer.send(message({ channelId: theirs.id })))).toMatchObject({
      code: 'channel_not_found',
    });
    expect(await refusal(producer.send(message({ channelId: closed.id })))).toMatchObject({
      code: 'channel_closed',
      status: 409,
    });
  });

  it('is refused to who wants no marketing', async () => {
    const recipient = '+15550000002';
    await ledger.opt(ours, { recipient, what: 'out', source: 'api', atMs: null });
    const content = { type: 'template', name: 'sale', language: 'en', category: 'marketing' };
    expect(await refusal(producer.send(message({ to: recipient, content })))).toMatchObject({
      code: 'recipient_opted_out',
    });
  });

  it('may name an object in a bucket that the tenant has', async () => {
    const withBucket = await start({ buckets: ['files'] });
    const content = { type: 'image', object: { bucket: 'files', key: 'a.png' } };
    expect(await stored((await withBucket.send(message({ content }))).id)).toMatchObject({ status: 'accepted' });
  });

  it('counts towards the tenant’s limit, and is told when there is room again', async () => {
    await createTenants({ redis }).set(neighbour, { intake: { messages: 2, perMs: 3_600_000 } });
    const limited = await start({ tenantId: neighbour });
    const send = async () => limited.send(message({ channelId: theirs.id }));
    await Promise.all([send(), send()]);
    const over = await refusal(send());
    expect(over).toMatchObject({ code: 'rate_limited', status: 429 });
    expect(over.retryAfterMs).toBeGreaterThan(1_000_000);
    await createTenants({ redis }).set(neighbour, { intake: null });
  });
});

describe('a key', () => {
  it('makes one message of many sends at once', async () => {
    const idempotencyKey = randomUUID();
    const sent = await Promise.all(
      Array.from({ length: 50 }, async () => producer.send(message(), { idempotencyKey })),
    );
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
    expect(sent.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  it('is refused for another message, and where it is none', async () => {
    const idempotencyKey = randomUUID();
    await producer.send(message(), { idempotencyKey });
    const other = message({ to: '+15550009999' });
    expect(await refusal(producer.send(other, { idempotencyKey }))).toMatchObject({ code: 'idempotency_key_reused' });
    expect(await refusal(producer.send(other, { idempotencyKey: '' }))).toMatchObject({
      code: 'invalid_idempotency_key',
    });
  });
});

describe('a batch', () => {
  it('has an answer for each message, in order', async () => {
    const idempotencyKey = randomUUID();
    const messages = [
      message(),
      message({ to: '1' }),
      { ...message(), idempotencyKey },
      { ...message(), idempotencyKey },
    ];
    const answers = await producer.sendBatch(messages);
    expect(
      answers.map((answer) => ('problem' in answer ? answer.problem.errors?.[0]?.pointer : answer.replayed)),
    ).toEqual([false, '/messages/1/to', false, true]);
  });

  it('is the same one under its key, and refused as a whole where it has none or too many', async () => {
    const idempotencyKey = randomUUID();
    const ids = async () =>
      (await producer.sendBatch([message(), message()], { idempotencyKey })).map(
        (answer) => 'id' in answer && answer.id,
      );
    expect(await ids()).toEqual(await ids());
    for (const messages of [[], Array.from({ length: 1001 }, () => message())]) {
      expect(await refusal(producer.sendBatch(messages))).toMatchObject({
        code: 'invalid_request',
        pointers: ['/messages'],
      });
    }
    const large = message({ callbackData: 'x'.repeat(1024 * 1024) });
    expect(await refusal(producer.send(large))).toMatchObject({ code: 'too_large', status: 413 });
  });
});

describe('while Redis is away', () => {
  it('a send waits for it; one whose answer was lost is not enqueued a second time under its key', async () => {
    const proxy = await startStallingProxy(testRedisUrl);
    closers.push(proxy.close);
    const shaky = await start({ redisUrl: proxy.url, waitMs: 60_000 });
    proxy.set('cut');
    const waiting = shaky.send(message());
    proxy.set('open');
    expect((await waiting).replayed).toBe(false);

    const to = recipientSchema.parse('+15550000003');
    proxy.set('mute');
    const keyed = shaky.send(message({ to }), { idempotencyKey: randomUUID() });
    // Its key was reserved: the script for it is the first thing that arrives, and no answer comes back.
    const unkeyed = refusal(shaky.send(message({ to: '+15550000004' })));
    expect(await unkeyed).toMatchObject({ code: 'storage_unavailable', status: 503, retryAfterMs: 2000 });
    proxy.set('open');
    const { id } = await keyed;
    const messages = await ledger.list(ours, { recipient: to, limit: 10 });
    expect(messages.map((each) => each.id)).toEqual([id]);
  });

  it('a send ends in a clear refusal when its time is over, or its caller gives up', async () => {
    const proxy = await startStallingProxy(testRedisUrl);
    closers.push(proxy.close);
    const lines: string[] = [];
    const hasty = await start({ redisUrl: proxy.url, waitMs: 1_000, log: { write: (line) => lines.push(line) } });
    proxy.set('cut');
    expect(await refusal(hasty.send(message(), { idempotencyKey: 'k' }))).toMatchObject({
      code: 'storage_unavailable',
    });
    expect(lines.join('')).toContain('Redis cannot be reached');
    await expect(hasty.send(message(), { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    const left = hasty.send(message());
    await Promise.all([expect(left).rejects.toThrow('closed'), hasty.close()]);
    await expect(hasty.send(message())).rejects.toThrow('The producer is closed');
  });
});

describe('a start', () => {
  it('fails with keys that are not the fleet’s, with keys that are none, and without Redis', async () => {
    const foreign = randomBytes(32).toString('base64');
    const starts = async (more: Partial<ProducerOptions>) => await createProducer({ ...options, ...more });
    await expect(starts({ sealingKeys: `k1:${foreign}` })).rejects.toThrow(
      'the key "k1" in POSTHORN_SEALING_KEYS is another',
    );
    await expect(starts({ sealingKeys: `k2:${foreign}` })).rejects.toThrow('none of the channels can be opened');
    await expect(starts({ lookupKey: foreign })).rejects.toThrow('POSTHORN_LOOKUP_KEY is another one');
    await expect(createProducer({ ...options, sealingKeys: 'secret' })).rejects.toThrow('sealing keys: expected');
    await expect(createProducer({ ...options, tenantId: '' })).rejects.toThrow('tenantId: ');
    await expect(createProducer({ ...options, redisUrl: 'redis://127.0.0.1:1', waitMs: 50 })).rejects.toThrow(
      'cannot be used',
    );
  });
});
