import type { ContentRetention, TenantWords } from '@posthorn/access';
import { createContentRetention, createTenantWords } from '@posthorn/access';
import type { ChannelRegistry } from '@posthorn/channel';
import { createChannelRegistry } from '@posthorn/channel';
import type { Ledger } from '@posthorn/ledger';
import { createLedger } from '@posthorn/ledger';
import type { OpenedMedia } from '@posthorn/media';
import { openMedia } from '@posthorn/media';
import type { Provider } from '@posthorn/provider';
import type { ConsumeDeps, DeadLetters, FileErrands, Pauses, Queues, WebhookInbox } from '@posthorn/queue';
import {
  createDeadLetters,
  createFileErrands,
  createPauses,
  createQueues,
  createWebhookInbox,
  sendJobScript,
} from '@posthorn/queue';
import { watchKeys } from '@posthorn/rotation';
import type { Http, Log, Metrics, Own, RedisClient, UnderWay } from '@posthorn/runtime';
import {
  awaitRedis,
  closeRedis,
  coalesceWrites,
  connectRedis,
  countCalls,
  createHttp,
  systemClock,
  systemRandom,
  withSpan,
} from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import type { AccountHolds } from './account-holds.ts';
import { createAccountHolds } from './account-holds.ts';
import type { ConnectedChannels } from './connected-channels.ts';
import { connectChannels } from './connected-channels.ts';
import { createClaimGuard, type ClaimGuard } from './create-claim-guard.ts';
import type { ChannelTokens } from './create-channel-tokens.ts';
import { createChannelTokens } from './create-channel-tokens.ts';
import { countClaims } from './count-claims.ts';
import { createStorms, type Storms } from './create-storms.ts';
import { toRetryPolicy } from './retry-variables.ts';
import { createFileClient, type FileClient } from './create-file-client.ts';
import type { WorkerConfig } from './worker-config.ts';
import type { WorkerMetrics } from './worker-metrics.ts';
import { createWorkerMetrics } from './worker-metrics.ts';

/** A channel that is gone, or whose settings are wrong for now: its jobs wait. */
export const unknownChannelMs = 5_000;

/** What a process shares among its apps. */
export interface Shared {
  readonly log: Log;
  readonly metrics: Metrics;
  /** The variable that the port came from, where several workers share a process. Default: POSTHORN_WORKER_PORT. */
  readonly portVariable?: string;
}

/** Everything a worker works with, open. */
export interface WorkerParts extends Shared {
  readonly provider: Provider;
  readonly config: WorkerConfig;
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly registry: ChannelRegistry;
  readonly channels: ConnectedChannels;
  readonly queues: Queues;
  readonly ledger: Ledger;
  readonly files: OpenedMedia;
  readonly errands: FileErrands;
  readonly fileClient: FileClient;
  readonly inbox: WebhookInbox;
  readonly tenantWords: TenantWords;
  readonly retention: ContentRetention;
  readonly deadLetters: DeadLetters;
  readonly pauses: Pauses;
  readonly accountHolds: AccountHolds;
  readonly tokens: ChannelTokens;
  readonly http: Http;
  /** What a stop waits for although Redis is away. */
  readonly underWay: () => UnderWay;
  /** Of answers to calls, and of what is told later: there, messages go well before they fail. */
  readonly storms: { readonly answered: Storms; readonly told: Storms };
  readonly told: WorkerMetrics;
  readonly consuming: ConsumeDeps & { readonly lockMs: number; readonly stalledIntervalMs: number };
}

/** Opens the parts around one provider; whatever must be closed is given to `own`. */
export async function openParts(
  own: Own,
  provider: Provider,
  config: WorkerConfig,
  shared: Shared,
): Promise<WorkerParts> {
  const { log, metrics } = shared;
  const ring = parseKeyRing(config.POSTHORN_SEALING_KEYS, config.POSTHORN_LOOKUP_KEY);
  const sealer = createSealer(ring);
  const redis = own(
    connectRedis({ url: config.REDIS_URL, role: 'worker', log, name: `worker-${provider.id}` }),
    async (open) => await closeRedis(open),
    'redis',
  );
  // Sends and webhooks wait for providers and for Redis by turns: what one turn of the event loop has to say goes out in one write.
  coalesceWrites(redis);
  await awaitRedis(redis, log);
  own(watchKeys({ redis, ring, log }), async (open) => await open.close(), 'keys');
  const registry = own(
    await createChannelRegistry({ redis, sealer, log, followMs: config.POSTHORN_FOLLOW_MS }),
    async (open: ChannelRegistry) => await open.close(),
    'channel registry',
  );
  const queues = own(createQueues(redis), async (open) => await open.close(), 'queues');
  const client = own(
    createHttp({ timeoutMs: config.POSTHORN_SEND_TIMEOUT_MS, connections: 512 }),
    async (open) => await open.close(),
    'provider calls',
  );
  const calls = countCalls(tracedHttp(client.http));
  const { http } = calls;
  const pauses = createPauses({ redis, queues, clock: systemClock });
  const channels = connectChannels(registry, provider, log);
  const plainLedger = createLedger({
    redis,
    sealer,
    ...sendJobScript(),
    lateRetry: { policy: toRetryPolicy(config), random: systemRandom },
    fenceOf: (channel) => guard.fenceOf(channel),
  });
  const guard: ClaimGuard = own(
    createClaimGuard({
      redis,
      ledger: plainLedger,
      quarantineMs: config.POSTHORN_QUARANTINE_MS,
      clock: systemClock,
      log,
      metrics,
    }),
    (open) => open.close(),
    'claims',
  );
  const told = createWorkerMetrics(metrics);
  const newStorms = (): Storms =>
    createStorms({
      recipients: config.POSTHORN_STORM_RECIPIENTS,
      windowMs: config.POSTHORN_STORM_WINDOW_MS,
      pauses,
      recipientOf: async (channel, id) => (await plainLedger.get(channel, id))?.message.sealed?.to ?? null,
      clock: systemClock,
      log,
      count: (code) => told.storms.inc({ provider: provider.id, code }),
    });
  const claims = countClaims(guard);
  const ledger: Ledger = { ...plainLedger, claim: claims.claim, record: claims.record };
  return {
    ...shared,
    provider,
    config,
    redis,
    sealer,
    registry,
    queues,
    pauses,
    http,
    underWay: () => ({ calls: calls.underWay(), results: claims.underWay() }),
    channels,
    ledger,
    accountHolds: createAccountHolds({ siblings: channels.siblings, ledger, pauses, log }),
    files: await openMedia(own, config, { redis, sealer }),
    errands: createFileErrands({ redis, queues, sealer }),
    fileClient: own(
      createFileClient({ allow: config.POSTHORN_CALLBACK_ALLOW }),
      async (open) => await open.close(),
      'calls about files',
    ),
    inbox: createWebhookInbox({ redis, sealer }),
    tenantWords: createTenantWords({ redis, clock: systemClock }),
    retention: createContentRetention({ redis, clock: systemClock }),
    deadLetters: createDeadLetters({ queues, clock: systemClock }),
    tokens: createChannelTokens({
      redis,
      sealer,
      registry,
      pauses,
      http,
      clock: systemClock,
      random: systemRandom,
      log,
      metrics,
    }),
    storms: { answered: newStorms(), told: newStorms() },
    told,
    consuming: {
      redis,
      log,
      clock: systemClock,
      lockMs: config.POSTHORN_LOCK_MS,
      stalledIntervalMs: config.POSTHORN_STALLED_INTERVAL_MS,
    },
  };
}

/** A span around each provider call. It names the operation and the status, never the address. */
function tracedHttp(http: Http): Http {
  return (request, signal) =>
    withSpan(
      request.operation,
      { kind: 'client', attributes: { 'http.request.method': request.method } },
      async (span) => {
        const reply = await http(request, signal);
        if (reply.kind === 'answered') span.setAttribute('http.response.status_code', reply.status);
        else span.setAttribute('error.type', reply.reason);
        return reply;
      },
    );
}
