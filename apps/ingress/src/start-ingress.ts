import { createAccess } from '@posthorn/access';
import { createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { providerById, providers } from '@posthorn/providers';
import { addJobLua, createWebhookInbox, sendQueue } from '@posthorn/queue';
import {
  checkRedis,
  closeRedis,
  coalesceWrites,
  connectRedis,
  createProbes,
  createSecureRandom,
  listenOrExplain,
  systemClock,
  type Log,
  type Metrics,
  type Own,
} from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { createSubmission } from '@posthorn/submission';
import { monotonicFactory } from 'ulid';
import { createConnectChannel } from './connect-channels.ts';
import { createIngress } from './app.ts';
import type { IngressConfig } from './config.ts';
import { createIdempotency } from './idempotency.ts';
import { defaultLimits } from './ingress-deps.ts';

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
  const sealer = createSealer(parseKeyRing(config.POSTHORN_SEALING_KEYS, config.POSTHORN_LOOKUP_KEY));
  const redis = own(
    connectRedis({ url: config.REDIS_URL, role: 'producer', log, name: 'posthorn-ingress' }),
    (connection) => closeRedis(connection),
    'Redis',
  );
  const fit = await checkRedis(redis);
  if (fit.kind === 'unsuitable') throw new Error(fit.says);
  coalesceWrites(redis);
  const channels = own(
    await createChannelRegistry({ redis, sealer, log, followMs: config.POSTHORN_FOLLOW_MS }),
    (registry) => registry.close(),
    'channel registry',
  );
  const ledger = createLedger({
    redis,
    sealer,
    addJobLua: addJobLua(),
    sendQueueKeys: (channel) => sendQueue(channel).keyPrefix,
  });
  const nextUlid = monotonicFactory(createSecureRandom());
  const connect = createConnectChannel(new Map(providers.map((provider) => [provider.id, provider])), log);
  const submission = createSubmission({
    channelOf: channels.get,
    recipientReaderOf: ({ id }) => {
      const channel = channels.get(id);
      return channel === null ? null : (connect(channel)?.toRecipient ?? null);
    },
    providerOf: providerById,
    accept: ledger.accept,
    reservations: createIdempotency({ redis }),
    newUlid: () => nextUlid(systemClock.now()),
    clock: systemClock,
  });
  const probes = createProbes({
    registry: metrics.registry,
    checks: { redis: async () => void (await redis.ping()) },
    log,
  });
  const app = own(
    await createIngress({
      access: createAccess({ redis, clock: systemClock }),
      channels,
      connect,
      ledger,
      submission,
      intake: createWebhookInbox({ redis, sealer }),
      providerById: new Map(providers.map((provider) => [provider.id, provider])),
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
