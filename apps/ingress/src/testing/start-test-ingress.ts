import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccess, createContentRetention, createTenants, createTenantWords } from '@posthorn/access';
import { assembleSubmission, createConnectChannel } from '@posthorn/admission';
import { createTokenStore } from '@posthorn/channel';
import { createAudit, createChannelAdmin, newSecret } from '@posthorn/channel-admin';
import { createErasures, createErasureStore } from '@posthorn/erasure';
import { createLedger, type Ledger } from '@posthorn/ledger';
import { createBuckets, createDiskStore, createMedia, createMediaRecords, createSignedLinks } from '@posthorn/media';
import type { ChannelId } from '@posthorn/message';
import { providers } from '@posthorn/providers';
import {
  createDeadLetters,
  createFileErrands,
  createPauses,
  createQueues,
  createWebhookInbox,
  planReceipt,
  sendJobScript,
} from '@posthorn/queue';
import {
  closeRedis,
  connectRedis,
  createHttp,
  createMemoryLog,
  createMetrics,
  createProbes,
  systemClock,
  type RedisClient,
} from '@posthorn/runtime';
import { createSealer, parseKeyRing, type Sealer } from '@posthorn/sealing';
import { createFileClient, createOnboardings } from '@posthorn/worker';
import { ulid } from 'ulid';
import { createIngress } from '../app.ts';
import { createInboundFiles } from '../media/inbound-files.ts';
import { createWebhookTargets } from '../webhook-targets.ts';
import { openEvents } from '../subscriptions/open-events.ts';
import { defaultLimits, type IngressDeps, type IngressLimits, type VerifiedCall } from '../ingress-deps.ts';
import { readAnswer, type Answer } from './test-answer.ts';
import { createMemoryRegistry, createTestChannel } from './test-channels.ts';

export const testRedisUrl = process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';

/** A running ingress on real Redis and real HTTP, with two tenants: `ours` has a key, `theirs` has a channel. */
export interface TestIngress {
  readonly url: string;
  readonly ours: ChannelId;
  readonly theirs: ChannelId;
  readonly key: string;
  readonly redis: RedisClient;
  readonly ledger: Ledger;
  readonly sealer: Sealer;
  readonly stored: VerifiedCall[];
  readonly logLines: () => readonly Readonly<Record<string, unknown>>[];
  readonly metricsText: () => Promise<string>;
  /** With the key; an object body is sent as JSON. */
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
  /** A text message of ours, with whatever is to be different. */
  readonly request: (changes?: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  readonly close: () => Promise<void>;
}

export async function startTestIngress(
  options: {
    readonly deps?: Partial<IngressDeps>;
    readonly limits?: Partial<IngressLimits>;
    readonly redisUrl?: string;
    /** Of another one, to be a second copy of it. */
    readonly key?: string;
    readonly mediaDir?: string;
    /** Where the Graph API of our channel is. */
    readonly providerUrl?: string;
  } = {},
): Promise<TestIngress> {
  const redis = connectRedis({ url: testRedisUrl, role: 'admin' });
  // What the app itself uses may be a Redis that is away.
  const used = options.redisUrl === undefined ? redis : connectRedis({ url: options.redisUrl, role: 'producer' });
  const key = options.key ?? randomBytes(32).toString('base64');
  const mediaDir = options.mediaDir ?? (await mkdtemp(join(tmpdir(), 'posthorn-media-')));
  const sealer = createSealer(parseKeyRing(`k1:${key}`, key));
  const [ours, theirs] = [createTestChannel('ours', options.providerUrl), createTestChannel('theirs')];
  const channels = createMemoryRegistry([ours, theirs]);
  const ledgerOn = (connection: RedisClient) =>
    createLedger({
      redis: connection,
      sealer,
      ...sendJobScript(),
    });
  const ledger = ledgerOn(used);
  for (const channel of [ours, theirs]) await ledgerOn(redis).setState(channel, 'open');
  const { log, lines } = createMemoryLog('ingress');
  const metrics = createMetrics({ app: 'ingress' });
  const stored: VerifiedCall[] = [];
  const inbox = createWebhookInbox({ redis: used, sealer });
  const queues = createQueues(used);
  const fileClient = createFileClient({ allow: ['127.0.0.0/8'] });
  const client = createHttp({ timeoutMs: 5_000 });
  const apiKey = await createAccess({ redis, clock: systemClock }).createKey({
    tenantId: 'ours',
    role: 'producer',
    name: 'test',
  });

  const closers: (() => unknown)[] = [];
  const events = await openEvents((open, close) => (closers.push(() => close(open)), open), {
    redis: used,
    redisUrl: options.redisUrl ?? testRedisUrl,
    sealer,
    log,
    callbackAllow: ['127.0.0.0/8'],
  });
  const connect = createConnectChannel(new Map(providers.map((each) => [each.id, each])), log);
  const media = createMedia({
    blobs: createDiskStore(mediaDir),
    records: createMediaRecords({ redis: used, sealer, bytesMax: 1024 ** 3 }),
    clock: systemClock,
    newUlid: () => ulid(),
    retentionMs: 35 * 86_400_000,
  });
  const app = await createIngress({
    access: createAccess({ redis: used, clock: systemClock }),
    tenantWords: createTenantWords({ redis: used, clock: systemClock }),
    tenants: createTenants({ redis: used }),
    retention: createContentRetention({ redis: used, clock: systemClock }),
    erasures: createErasures({
      store: createErasureStore({ redis: used, sealer }),
      audit: createAudit({ redis: used }),
      newUlid: () => ulid(),
    }),
    channels,
    channelAdmin: createChannelAdmin({
      redis: used,
      registry: channels,
      ledger,
      queues,
      providers,
      newSecret,
      // No call of a test leaves this machine.
      http: async (request) =>
        new URL(request.url).hostname === '127.0.0.1'
          ? await client.http(request)
          : { kind: 'not_sent', reason: 'ENOTFOUND', durationMs: 0 },
      pauses: createPauses({ redis: used, queues, clock: systemClock }),
      deadLetters: createDeadLetters({ queues, clock: systemClock }),
    }),
    connect,
    ledger,
    submission: assembleSubmission({
      redis: used,
      channels,
      connect,
      ledger,
      memory: { refusesWork: () => false, wasRefused: () => undefined },
      files: { find: media.get, hasBucket: () => false },
      publicUrl: null,
      clock: systemClock,
    }),
    onboardings: createOnboardings({
      redis: used,
      sealer,
      registry: channels,
      providers,
      clock: systemClock,
      newUlid: () => ulid(),
      placeOf: () => ({ appId: '77', appSecret: 'app-secret', verifyToken: 'made-here' }),
    }),
    planReceipt: async (...job) => await planReceipt(queues, ...job),
    events,
    intake: {
      store: async (call) => {
        await inbox.store(call);
        stored.push(call);
        return 'stored';
      },
      storeUnverified: async () => false,
    },
    targets: createWebhookTargets({ channels, connect, providerById: new Map(providers.map((one) => [one.id, one])) }),
    files: {
      media,
      links: createSignedLinks({ sealer, clock: systemClock }),
      buckets: createBuckets({}),
    },
    inboundFiles: createInboundFiles({
      connect,
      tokens: createTokenStore({ redis: used, sealer }),
      http: fileClient.post,
      client: fileClient,
      errands: createFileErrands({ redis: used, queues, sealer }),
    }),
    providerById: new Map(providers.map((one) => [one.id, one])),
    probes: createProbes({ registry: metrics.registry, checks: { redis: async () => void (await used.ping()) }, log }),
    metrics,
    log,
    clock: systemClock,
    limits: { ...defaultLimits, ...options.limits },
    publicUrl: null,
    trustProxy: [],
    ...options.deps,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });

  return {
    url,
    ours: ours.id,
    theirs: theirs.id,
    key: apiKey.key,
    redis,
    ledger,
    sealer,
    stored,
    logLines: lines,
    metricsText: () => metrics.registry.metrics(),
    call: async (method, path, body, headers = {}) => {
      const isText = body === undefined || typeof body === 'string';
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${apiKey.key}`,
          ...(!isText && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
      });
      return await readAnswer(response);
    },
    request: (changes = {}) => ({
      channelId: ours.id,
      to: '+15550001111',
      content: { type: 'text', body: 'hi' },
      ...changes,
    }),
    close: async () => {
      await app.close();
      for (const close of closers.toReversed()) await close();
      await client.close();
      await queues.close();
      await fileClient.close();
      if (options.mediaDir === undefined) await rm(mediaDir, { recursive: true });
      if (used !== redis) await closeRedis(used);
      await closeRedis(redis);
    },
  };
}
