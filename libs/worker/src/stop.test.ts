import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import {
  channelIdSchema,
  externalIdSchema,
  messageIdSchema,
  providerIdSchema,
  recipientSchema,
  tenantIdSchema,
  toMessageId,
  type MessageId,
} from '@posthorn/message';
import { failed } from '@posthorn/outcome';
import type { Provider } from '@posthorn/provider';
import { createWebhookInbox, sendJobScript } from '@posthorn/queue';
import {
  closeRedis,
  connectRedis,
  createMemoryLog,
  createMetrics,
  createSilentLog,
  readConfig,
  runApp,
  type RunningApp,
} from '@posthorn/runtime';
import { startStallingProxy, type StallingProxy } from '@posthorn/runtime/testing';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { ulid } from 'ulid';
import { z } from 'zod';
import { startWorker } from './start-worker.ts';
import { workerConfigSchema } from './worker-config.ts';

/** A database of its own: workers of other tests would take its webhooks. */
const database = 2;
const redisUrl = process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const key = randomBytes(32).toString('base64');
const ring = parseKeyRing(`k1:${key}`, key);
const id = channelIdSchema.parse('stopping');
const providerId = providerIdSchema.parse('kernel');
const tenantId = tenantIdSchema.parse('acme');

/** What the provider was asked, and has not answered. */
const asked: ServerResponse[] = [];
let calls = 0;
const server = createServer((request, response) => {
  request.resume();
  calls += 1;
  asked.push(response);
});

const statusSchema = z.object({ messageId: messageIdSchema, externalId: externalIdSchema });

/** As little of a provider as a worker needs: it answers when it is told to, and tells statuses by our id. */
const provider: Provider = {
  id: providerId,
  title: 'a slow one',
  capabilities: { content: new Set(['text']), replyTo: false, idempotent: false, statuses: new Set(['delivered']) },
  check: () => [],
  questions: [],
  ownSecrets: () => ({}),
  webhookAliases: [],
  connect: () => ({
    kind: 'connected',
    addresses: [],
    account: 'one',
    pace: { channelPerSecond: null, conversation: null },
    tokens: null,
    toRequest: () => ({ operation: 'send', method: 'POST', url: serverUrl() }),
    handshake: () => null,
    verifies: () => true,
  }),
  toOutcome: (reply) =>
    reply.kind === 'answered' && reply.status === 200
      ? { kind: 'accepted', externalId: externalIdSchema.parse(reply.text) }
      : failed('no_answer'),
  parse: ({ body }, atMs) => {
    const told = statusSchema.parse(JSON.parse(Buffer.from(body).toString()));
    return [{ kind: 'status', address: null, status: 'delivered', atMs, ...told }];
  },
};

function serverUrl(): string {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
}

const redis = connectRedis({ url: `${redisUrl}/${database}`, role: 'admin' });
const sealer = createSealer(ring);
const ledger = createLedger({ redis, sealer, ...sendJobScript() });
const channel = { id, provider: providerId };
let proxy: StallingProxy;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
beforeEach(async () => {
  calls = 0;
  await redis.flushdb();
  proxy = await startStallingProxy(redisUrl);
  closers.push(proxy.close);
  const registry = await createChannelRegistry({ redis, sealer, log: createSilentLog(), followMs: 0 });
  await registry.put({
    id,
    tenantId,
    provider: providerId,
    name: null,
    labels: {},
    settings: {},
    pacePerSecond: null,
    heldGraceMs: 60_000,
  });
  await registry.close();
  await redis.set(`posthorn:{${id}}:state`, 'open');
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});
afterAll(async () => {
  await redis.flushdb();
  await closeRedis(redis);
  server.close();
});

/** On the way to Redis that can be cut. Only a stop that waits for Redis takes as long as `runApp` allows. */
async function start(graceMs: number): Promise<{ readonly app: RunningApp; readonly said: () => readonly unknown[] }> {
  const { log, lines } = createMemoryLog();
  const config = readConfig(workerConfigSchema, {
    REDIS_URL: `${proxy.url}/${database}`,
    POSTHORN_SEALING_KEYS: `k1:${key}`,
    POSTHORN_LOOKUP_KEY: key,
    POSTHORN_WORKER_HOST: '127.0.0.1',
    POSTHORN_WORKER_PORT: '0',
    POSTHORN_LOCK_MS: '1000',
    POSTHORN_STALLED_INTERVAL_MS: '500',
    POSTHORN_STOP_GRACE_MS: String(graceMs),
  });
  const metrics = createMetrics({ app: 'test' });
  const app = runApp('worker', { stopGraceMs: 120_000, log, handleSignals: false }, async (own) => {
    await startWorker(own, provider, config, { log, metrics });
  });
  closers.push(app.stop);
  await app.started;
  return { app, said: () => lines().map(({ msg }) => msg) };
}

/** Accepts a message, and returns when the provider has been called. */
async function send(): Promise<MessageId> {
  const messageId = toMessageId(id, ulid());
  await ledger.accept(channel, {
    id: messageId,
    tenantId,
    lane: 'normal',
    ordered: true,
    sealed: { to: recipientSchema.parse('+15550001111'), content: { type: 'text', body: 'Hello' } },
    sendAt: null,
    expiresAt: null,
    traceparent: null,
  });
  await until(() => asked.length > 0);
  return messageId;
}

const answer = (externalId: string): unknown => asked.shift()?.writeHead(200).end(externalId);
const statusOf = async (messageId: MessageId) => (await ledger.get(channel, messageId))?.message.status;

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(20);
}

describe('a worker that is stopped while Redis is away', () => {
  it('leaves one that answers nothing, when nothing is under way', async () => {
    const { app, said } = await start(60_000);
    const messageId = await send();
    answer('ext-0');
    await until(async () => (await statusOf(messageId)) === 'submitted');
    proxy.set('hang');
    await app.stop();
    expect(await app.done).toBe(0);
    expect(said()).toContain('Redis is away, and nothing is under way here: leaving without it');
  });

  it('waits for the answer to a call, and writes it down once Redis is back', async () => {
    const { app, said } = await start(120_000);
    const messageId = await send();
    proxy.set('cut');
    const stopped = app.stop();
    await until(() => said().includes('calls are under way: the stop waits for their answers'));
    answer('ext-1');
    await until(() => said().includes('Redis is away: results wait to be written down'));
    expect(await statusOf(messageId)).toBe('accepted');
    proxy.set('open');
    await stopped;
    expect(await app.done).toBe(0);
    expect((await ledger.get(channel, messageId))?.message).toMatchObject({ status: 'submitted', externalId: 'ext-1' });
    expect(calls).toBe(1);
  });

  it('loses a result for which Redis does not come back: the message is held, not sent again, until a callback tells', async () => {
    const { app, said } = await start(1_000);
    const messageId = await send();
    proxy.set('cut');
    const stopped = app.stop();
    answer('ext-2');
    await stopped;
    expect(await app.done).toBe(0);
    expect(said()).toContain('Redis is away: results are lost, and their messages will be held');

    proxy.set('open');
    await start(60_000);
    await until(async () => (await statusOf(messageId)) === 'held');
    const body = Buffer.from(JSON.stringify({ messageId, externalId: 'ext-2' }));
    await createWebhookInbox({ redis, sealer }).store({
      provider: providerId,
      channelId: id,
      call: { url: 'http://posthorn.test/webhooks', body, headers: {}, query: {} },
      receivedAtMs: Date.now(),
    });
    await until(async () => (await statusOf(messageId)) === 'delivered');
    expect(calls).toBe(1);
  });
});
