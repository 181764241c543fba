import { randomBytes } from 'node:crypto';
import { createAccess, createContentRetention, createTenants, createTenantWords } from '@posthorn/access';
import { assembleSubmission, createConnectChannel } from '@posthorn/admission';
import { createChannelRegistry, createTokenStore } from '@posthorn/channel';
import { createAudit, createChannelAdmin, newSecret } from '@posthorn/channel-admin';
import { createErasures, createErasureStore } from '@posthorn/erasure';
import { createGuardedHttp } from '@posthorn/guarded-http';
import { createLedger } from '@posthorn/ledger';
import { createLookAtObject, openMedia } from '@posthorn/media';
import { createOnboardingPlace, providers } from '@posthorn/providers';
import {
  createDeadLetters,
  createFileErrands,
  createPauses,
  createQueues,
  createWebhookInbox,
  planReceipt,
  sendJobScript,
} from '@posthorn/queue';
import { watchKeys } from '@posthorn/rotation';
import {
  closeRedis,
  coalesceWrites,
  connectRedis,
  createHttp,
  createProbes,
  createSecureRandom,
  listenOrExplain,
  systemClock,
  watchRedisMemory,
  type Log,
  type Metrics,
  type Own,
  pingRedis,
} from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { createFileClient, createOnboardings } from '@posthorn/worker';
import { monotonicFactory } from 'ulid';
import { createIngress } from './app.ts';
import { createInboundFiles } from './media/inbound-files.ts';
import type { IngressConfig } from './config.ts';
import { checkFitness } from './check-fitness.ts';
import { defaultLimits } from './ingress-deps.ts';
import { openWebhookInbox } from './open-webhook-inbox.ts';
import { openEvents } from './subscriptions/open-events.ts';
import { createWebhookTargets } from './webhook-targets.ts';

/** What apps of one process share. */
export interface IngressShared {
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Starts ingress: connects, builds, listens. Alone in its process or beside others; `own` closes it all. */
export async function startIngress(
  own: Own,
  config: IngressConfig,
  { log, metrics }: IngressShared,
): Promise<{ readonly url: string }> {
  const ring = parseKeyRing(config.POSTHORN_SEALING_KEYS, config.POSTHORN_LOOKUP_KEY);
  const sealer = createSealer(ring);
  const redis = own(
    connectRedis({ url: config.REDIS_URL, role: 'producer', log, name: 'posthorn-ingress' }),
    (connection) => closeRedis(connection),
    'Redis',
  );
  const fitness = await checkFitness(redis, log);
  coalesceWrites(redis);
  own(watchKeys({ redis, ring, log }), (open) => open.close(), 'keys');
  const memory = own(watchRedisMemory({ redis, log, metrics }), (watch) => watch.close(), 'memory of Redis');
  const channels = own(
    await createChannelRegistry({ redis, sealer, log, followMs: config.POSTHORN_FOLLOW_MS, canStartEmpty: true }),
    (registry) => registry.close(),
    'channel registry',
  );
  const queues = own(createQueues(redis), (open) => open.close(), 'queues');
  // Where a channel's provider is, tenants say: their calls reach no private address.
  const client = own(
    createGuardedHttp({ allow: config.POSTHORN_CALLBACK_ALLOW, timeoutMs: 10_000, maxBodyBytes: 4 * 1024 * 1024 }),
    (open) => open.close(),
    'calls to providers',
  );
  const ledger = createLedger({
    redis,
    sealer,
    ...sendJobScript(),
  });
  const files = await openMedia(own, config, { redis, sealer });
  // Where its buckets are, the operator says.
  const bucketClient = own(
    createHttp({ timeoutMs: 2_000, maxBodyBytes: 64 * 1024 }),
    (open) => open.close(),
    'calls to buckets',
  );
  const fileClient = own(
    createFileClient({ allow: config.POSTHORN_CALLBACK_ALLOW }),
    (open) => open.close(),
    'calls about files',
  );
  const events = await openEvents(own, {
    redis,
    redisUrl: config.REDIS_URL,
    sealer,
    log,
    callbackAllow: config.POSTHORN_CALLBACK_ALLOW,
  });
  const nextUlid = monotonicFactory(createSecureRandom());
  const connect = createConnectChannel(new Map(providers.map((provider) => [provider.id, provider])), log);
  const submission = assembleSubmission({
    redis,
    channels,
    connect,
    ledger,
    memory,
    files: {
      find: files.media.get,
      hasBucket: files.buckets.has,
      lookAt: createLookAtObject({ buckets: files.buckets, http: bucketClient.http, clock: systemClock }),
    },
    publicUrl: config.POSTHORN_PUBLIC_URL ?? null,
    clock: systemClock,
  });
  const byId = new Map(providers.map((provider) => [provider.id, provider]));
  const targets = createWebhookTargets({ channels, connect, providerById: byId });
  const erasureStore = createErasureStore({ redis, sealer });
  const kept = await openWebhookInbox(own, {
    erasures: erasureStore,
    store: createWebhookInbox({ redis, sealer }).store,
    dir: config.POSTHORN_SPOOL_DIR,
    bytesMax: config.POSTHORN_SPOOL_BYTES_MAX,
    sealer,
    memory,
    channels,
    targets,
    metrics,
    log,
  });
  const probes = createProbes({
    registry: metrics.registry,
    checks: {
      redis: async () => {
        fitness.assert();
        await pingRedis(redis);
      },
      redis_memory: async () => {
        if (memory.refusesWork()) throw new Error('Redis is nearly full');
      },
      ...kept.checks,
    },
    // Without Redis webhooks are still taken while they have a place; without room for new messages all else goes on.
    canServeWithout: (failing) => !failing.includes('redis') || kept.hasRoom(),
    log,
  });
  const app = own(
    await createIngress({
      access: createAccess({ redis, clock: systemClock }),
      tenantWords: createTenantWords({ redis, clock: systemClock }),
      tenants: createTenants({ redis }),
      retention: createContentRetention({ redis, clock: systemClock }),
      erasures: createErasures({
        store: erasureStore,
        audit: createAudit({ redis }),
        newUlid: () => nextUlid(systemClock.now()),
      }),
      channels,
      channelAdmin: createChannelAdmin({
        redis,
        registry: channels,
        ledger,
        queues,
        providers,
        newSecret,
        http: client.http,
        pauses: createPauses({ redis, queues, clock: systemClock }),
        deadLetters: createDeadLetters({ queues, clock: systemClock }),
      }),
      connect,
      ledger,
      submission,
      onboardings: createOnboardings({
        redis,
        sealer,
        registry: channels,
        providers,
        clock: systemClock,
        newUlid: () => nextUlid(systemClock.now()),
        placeOf: createOnboardingPlace(config, () => randomBytes(24).toString('base64url')),
      }),
      planReceipt: async (provider, job) => await planReceipt(queues, provider, job),
      targets,
      intake: kept.inbox,
      files,
      inboundFiles: createInboundFiles({
        connect,
        tokens: createTokenStore({ redis, sealer }),
        http: client.http,
        client: fileClient,
        errands: createFileErrands({ redis, queues, sealer }),
      }),
      events,
      providerById: byId,
      probes,
      metrics,
      log,
      clock: systemClock,
      limits: {
        ...defaultLimits,
        webhookBytesMax: config.POSTHORN_WEBHOOK_BYTES_MAX,
        requestTimeoutMs: config.POSTHORN_REQUEST_TIMEOUT_MS,
      },
      publicUrl: config.POSTHORN_PUBLIC_URL ?? null,
      trustProxy: config.POSTHORN_TRUST_PROXY,
    }),
    (server) => server.close(),
    'HTTP server',
  );
  const { POSTHORN_INGRESS_HOST: host, POSTHORN_INGRESS_PORT: port } = config;
  await listenOrExplain(() => app.listen({ host, port }), { variable: 'POSTHORN_INGRESS_PORT', port, host });
  const url = app.listeningOrigin;
  log.info({ url }, 'ingress listens');
  return { url };
}
