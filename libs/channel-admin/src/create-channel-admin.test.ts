import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { channelInputSchema, createChannelRegistry, type Channel, type ChannelRegistry } from '@posthorn/channel';
import { createLedger, type Ledger } from '@posthorn/ledger';
import { channelIdSchema, recipientSchema, tenantIdSchema, toMessageId } from '@posthorn/message';
import { providers } from '@posthorn/providers';
import {
  consume,
  createDeadLetters,
  createPauses,
  createQueues,
  keysOf,
  sendJobSchema,
  sendJobScript,
  sendQueue,
} from '@posthorn/queue';
import { createHttp, createSilentLog, systemClock } from '@posthorn/runtime';
import { createSealer } from '@posthorn/sealing';
import { Redis } from 'ioredis';
import { ulid } from 'ulid';
import { applyChannels } from './channels-file.ts';
import { createChannelAdmin, type ChannelAdmin } from './create-channel-admin.ts';
import { newSecret } from './new-secret.ts';

const key = randomBytes(32);
const sealer = createSealer({ currentId: 'k1', keyById: new Map([['k1', key]]), lookupKey: key });

let redis: Redis;
let server: Server;
let baseUrl: string;
let asked: { readonly path: string; readonly body: string }[];
let answers: Readonly<Record<string, readonly [number, (body: string) => unknown]>>;
let registry: ChannelRegistry;
let ledger: Ledger;
let admin: ChannelAdmin;
let stop: (() => Promise<unknown>)[];

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const path = `${request.method} ${request.url?.split('?', 1)[0]}`;
      asked.push({ path, body });
      const [status, answer] = answers[path] ?? [404, () => ({})];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer(body)));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  baseUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterAll(() => void server.close());

beforeEach(async () => {
  // A database of its own: the registry is one for a whole installation.
  redis = new Redis(process.env['POSTHORN_TEST_REDIS_URL'] ?? '', { db: 11, maxRetriesPerRequest: null });
  await redis.flushdb();
  asked = [];
  answers = {};
  registry = await createChannelRegistry({ redis, sealer, log: createSilentLog(), followMs: 0 });
  ledger = createLedger({ redis, sealer, ...sendJobScript() });
  const queues = createQueues(redis);
  const client = createHttp({ timeoutMs: 5_000 });
  const deadLetters = createDeadLetters({ queues, clock: systemClock });
  const pauses = createPauses({ redis, queues, clock: systemClock });
  stop = [queues.close, client.close, registry.close];
  admin = createChannelAdmin({
    redis,
    registry,
    ledger,
    pauses,
    queues,
    deadLetters,
    providers,
    http: client.http,
    newSecret,
  });
});
afterEach(async () => {
  for (const close of stop) await close();
  await redis.flushdb();
  await redis.quit();
});

const kernelInput = (settings: Readonly<Record<string, unknown>> = {}) =>
  channelInputSchema.parse({
    id: 'madrid',
    provider: 'kernel',
    settings: {
      clientId: 'c1',
      clientSecret: 'hush-secret',
      apiUrl: baseUrl,
      tokenUrl: `${baseUrl}/token`,
      ...settings,
    },
  });

function echo(body: string): unknown {
  const value: unknown = JSON.parse(body);
  return value;
}

async function added(settings: Readonly<Record<string, unknown>> = {}): Promise<Channel> {
  const result = await admin.put(kernelInput(settings), 'test:ada');
  if (result.kind === 'put') return result.channel;
  throw new Error(JSON.stringify(result.faults));
}

async function accept(channel: Channel) {
  const id = toMessageId(channel.id, ulid());
  await ledger.accept(channel, {
    id,
    tenantId: tenantIdSchema.parse('default'),
    lane: 'normal',
    ordered: true,
    sealed: {
      to: recipientSchema.parse('+15550001111'),
      content: { type: 'text', body: 'x', previewUrl: false },
    },
    sendAt: null,
    expiresAt: null,
    traceparent: null,
  });
  return id;
}

describe('connecting', () => {
  it('makes the key that was lacking, registers the address with it, and can be repeated', async () => {
    answers = {
      'POST /token': [200, () => ({ access_token: 't', token_type: 'Bearer', expires_in: 60 })],
      'PATCH /whatsapp/v1/settings/webhook': [201, (body) => echo(body)],
    };
    const channel = await added();
    for (const _ of [1, 2]) {
      const { registration } = await admin.connect(
        registry.get(channel.id) ?? channel,
        'https://hooks.example/',
        'test:ada',
      );
      expect(registration).toEqual({
        kind: 'registered',
        facts: { webhook: 'https://hooks.example/webhooks/kernel/madrid' },
      });
    }
    const told = asked.filter(({ path }) => path.startsWith('PATCH')).map(({ body }) => body);
    expect(new Set(told).size).toBe(1);
    expect(told[0]).toMatch(/apikey=[\w-]{32}&channelId=madrid/u);
  });

  it('tells a refusal and silence apart, and changes nothing', async () => {
    answers = { 'POST /token': [401, () => ({ error: 'invalid_client' })] };
    const channel = await added();
    expect(await admin.verify(channel)).toMatchObject({ kind: 'refused', problem: { code: 'invalid_client' } });
    expect((await admin.connect(channel, 'https://hooks.example', 'x')).registration.kind).toBe('refused');
    answers = { 'POST /token': [503, () => ({})] };
    expect(await admin.verify(channel)).toMatchObject({ kind: 'unknown' });
    answers = { 'POST /token': [200, () => ({ access_token: 't', expires_in: 60 })] };
    expect(await admin.verify(channel)).toEqual({ kind: 'proven', facts: { token: 'issued' } });
  });
});

describe('changing', () => {
  it('merges part of it, refuses what does not fit, and keeps the provider', async () => {
    const channel = await added();
    const changed = await admin.change(
      channel,
      { pacePerSecond: 3, settings: { clientSecret: 'hush-new' } },
      'test:ada',
    );
    expect(changed).toMatchObject({ kind: 'put', changed: ['settings.clientSecret', 'pacePerSecond'] });
    expect(registry.get(channel.id)?.settings).toMatchObject({ clientId: 'c1', clientSecret: 'hush-new' });
    const wrong = await admin.change(channel, { settings: { clientSecret: null, nope: 1 } }, 'test:ada');
    expect(wrong).toMatchObject({
      kind: 'invalid',
      faults: [{ pointer: '/settings/clientSecret' }, { pointer: '/settings/nope' }],
    });
    const moved = await admin.change(channel, { provider: 'whatsapp-cloud' }, 'test:ada');
    expect(moved).toMatchObject({ kind: 'invalid', faults: [{ pointer: '/provider' }] });
  });

  it('rotates secrets of ours; the former one stays good, and survives a put without it', async () => {
    const channel = await added({ apiKeys: ['former'] });
    await admin.rotate(channel, 'test:ada');
    expect(registry.get(channel.id)?.settings).toMatchObject({ apiKeys: [expect.any(String), 'former'] });
    const before = registry.get(channel.id)?.settings;
    await admin.put(kernelInput(), 'test:ada');
    expect(registry.get(channel.id)?.settings).toEqual(before);
  });

  it('leaves an entry of who changed what, without a value', async () => {
    const channel = await added();
    await admin.change(channel, { settings: { clientSecret: 'hush-new' } }, 'test:bob');
    await admin.pause(channel, 'test:eve');
    const entries = await admin.audit.list({ channelId: channel.id, limit: 10 });
    expect(entries.map(({ by, action }) => `${by} ${action}`)).toEqual([
      'test:eve channel.pause',
      'test:bob channel.change',
      'test:ada channel.add',
    ]);
    expect(entries[1]?.changed).toEqual(['settings.clientSecret']);
    expect(JSON.stringify(entries)).not.toContain('hush');
    expect(await admin.audit.list({ tenantId: 'another', limit: 10 })).toEqual([]);
  });
});

describe('removing', () => {
  it('waits for what is not sent, unless it is to be a dead letter; then nothing is left, and the id stays taken', async () => {
    const channel = await added();
    await accept(channel);
    const last = await accept(channel);
    await admin.remove(channel, 'wait', 'test:ada');
    expect(await admin.removals.advance(channel.id)).toMatchObject({ kind: 'draining' });
    await admin.remove(channel, 'dead-letter', 'test:ada');
    expect(await admin.removals.advance(channel.id)).toEqual({ kind: 'gone' });
    expect(await admin.removals.advance(channel.id)).toBeNull();
    expect((await ledger.get(channel, last))?.message.failure?.code).toBe('channel_removed');
    expect(await keysOf(redis, sendQueue(channel).keyPrefix)).toEqual([]);
    expect((await keysOf(redis, 'posthorn:{dead.kernel}:dead.kernel:dead_')).length).toBe(2);
    expect(registry.get(channel.id)).toBeNull();
    expect(await admin.put(kernelInput(), 'test:ada')).toMatchObject({ kind: 'invalid', faults: [{ pointer: '/id' }] });
    for (const left of await keysOf(redis, `posthorn:{${channel.id}}:`))
      expect(await redis.pttl(left)).toBeGreaterThan(0);
  });

  it('cannot be accepted into by an ingress that has not heard of it', async () => {
    const channel = await added();
    await admin.remove(channel, 'wait', 'test:ada');
    const late = await accept(channel);
    expect(await ledger.get(channel, late)).toBeNull();
    await admin.put(kernelInput(), 'test:ada');
    const again = await accept(channel);
    expect(await ledger.get(channel, again)).not.toBeNull();
    expect(await admin.removals.list()).toEqual([]);
  });

  it('is not over before every worker has closed', async () => {
    const channel = await added();
    const worker = consume(
      { redis, clock: systemClock, log: createSilentLog() },
      {
        queue: sendQueue(channel),
        schema: sendJobSchema,
        concurrency: 1,
        lockMs: 5_000,
        stalledIntervalMs: 5_000,
        process: async () => await Promise.resolve({ kind: 'done' }),
      },
    );
    await admin.remove(channel, 'wait', 'test:ada');
    let state = await admin.removals.advance(channel.id);
    expect(state).toEqual({ kind: 'closing', workers: 1 });
    await worker.close();
    while (state?.kind !== 'gone') {
      await delay(10);
      state = await admin.removals.advance(channel.id);
    }
    expect(await admin.isGone(channelIdSchema.parse('madrid'))).toBe(true);
  });
});

describe('applying a file', () => {
  it('adds, changes and removes as it says, once; and nothing where a part is refused', async () => {
    const file = { channels: [kernelInput()], removed: [] };
    const apply = async (given: Parameters<typeof applyChannels>[1], dryRun = false) =>
      await applyChannels(admin, given, 'file:x', { dryRun });
    expect(await apply(file, true)).toMatchObject({ channels: [{ result: 'added' }] });
    expect(registry.list()).toEqual([]);
    expect(await apply(file)).toMatchObject({ channels: [{ result: 'added' }] });
    const { version } = registry.list()[0] ?? { version: 0 };
    expect(await apply(file)).toMatchObject({ channels: [{ result: 'unchanged' }] });
    expect(registry.list()[0]?.version).toBe(version);
    const broken = { ...kernelInput(), id: channelIdSchema.parse('broken'), settings: {} };
    const refused = await apply({ channels: [{ ...kernelInput(), name: 'New' }, broken], removed: [] });
    expect(refused).toMatchObject({ kind: 'invalid', faults: [{ pointer: '/channels/1/settings/clientId' }, {}] });
    expect(registry.list()[0]?.name).toBeNull();
    const removed = [{ id: kernelInput().id, unsent: 'wait' as const }];
    for (const _ of [1, 2])
      expect(await apply({ channels: [], removed })).toMatchObject({ channels: [{ result: 'removing' }] });
    expect((await admin.audit.list({ limit: 10 })).filter(({ action }) => action === 'channel.remove')).toHaveLength(1);
  });
});
