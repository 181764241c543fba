import { createContentRetention } from '@posthorn/access';
import { createChannelRegistry } from '@posthorn/channel';
import { createDeliverEvent } from '@posthorn/forwarding';
import { createGuardedHttp } from '@posthorn/guarded-http';
import { createLedger, createOutbox } from '@posthorn/ledger';
import {
  consume,
  createDeadEvents,
  createEventBacklog,
  createQueues,
  deadEventQueue,
  deadEventSchema,
  sendJobScript,
} from '@posthorn/queue';
import { watchKeys } from '@posthorn/rotation';
import type { Log, Metrics, Own } from '@posthorn/runtime';
import {
  awaitRedis,
  every,
  closeRedis,
  coalesceWrites,
  connectRedis,
  countCalls,
  createDeparture,
  createProbeServer,
  listenOrExplain,
  systemClock,
  systemRandom,
  pingRedis,
} from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { createDeliveryLog, createSubscriptionRegistry } from '@posthorn/subscription';
import type { ForwarderConfig } from './config.ts';
import { createForwarderMetrics } from './forwarder-metrics.ts';
import { createProcessEvent } from './process-event.ts';
import { createReleaseContent } from './release-content.ts';
import { serveSubscribers } from './serve-subscribers.ts';
import { startFanOut } from './start-fan-out.ts';
import { createStopSubscription } from './stop-subscription.ts';

/** What a dead mover left is no hurry. */
const deadSweepMs = 60_000;

/** Starts what brings events to subscribers. Any number may run; a channel is fanned out by one of them at a time. */
export async function startForwarder(
  own: Own,
  config: ForwarderConfig,
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
): Promise<{ readonly url: string }> {
  const ring = parseKeyRing(config.POSTHORN_SEALING_KEYS, config.POSTHORN_LOOKUP_KEY);
  const sealer = createSealer(ring);
  const connect = (name: string) =>
    own(
      connectRedis({ url: config.REDIS_URL, role: 'worker', log, name }),
      async (open) => await closeRedis(open),
      'redis',
    );
  const redis = connect('forwarder');
  coalesceWrites(redis);
  await awaitRedis(redis, log);
  own(watchKeys({ redis, ring, log }), async (open) => await open.close(), 'keys');
  const registryDeps = { redis, sealer, log, followMs: config.POSTHORN_FOLLOW_MS };
  const channels = own(await createChannelRegistry(registryDeps), async (open) => await open.close(), 'channels');
  const subscriptions = own(
    await createSubscriptionRegistry(registryDeps),
    async (open) => await open.close(),
    'subscriptions',
  );
  const queues = own(createQueues(redis), async (open) => await open.close(), 'queues');
  const client = own(
    createGuardedHttp({
      allow: config.POSTHORN_CALLBACK_ALLOW,
      httpsOnly: true,
      timeoutMs: config.POSTHORN_EVENT_TIMEOUT_MS,
      maxBodyBytes: 1024 * 1024,
      connections: 64,
    }),
    async (open) => await open.close(),
    'calls to subscribers',
  );
  const calls = countCalls(client.http);
  const told = createForwarderMetrics(metrics, subscriptions);
  const scripts = { redis, ...sendJobScript() };
  const backlog = createEventBacklog({ redis, now: systemClock.now });
  const deadEvents = createDeadEvents({ queues, clock: systemClock });
  const consuming = {
    redis,
    log,
    clock: systemClock,
    lockMs: config.POSTHORN_LOCK_MS,
    stalledIntervalMs: config.POSTHORN_STALLED_INTERVAL_MS,
  };

  const retention = createContentRetention({ redis, clock: systemClock });
  const ledger = createLedger({ ...scripts, sealer });
  const deliveries = createDeliveryLog({ redis, sealer });
  const processEvent = createProcessEvent({
    subscriptions,
    channels,
    ledger,
    deliveries,
    retention,
    releaseContent: createReleaseContent({ retention, channels, subscriptions, ledger, log }),
    deliver: createDeliverEvent({
      http: calls.http,
      clock: systemClock,
      random: systemRandom,
      delayFactor: config.POSTHORN_DELAY_FACTOR,
    }),
    stopSubscription: createStopSubscription({
      subscriptions,
      backlog,
      clock: systemClock,
      log,
      onStopped: (state) => told.stopped.inc({ state }),
    }),
    told,
    clock: systemClock,
    random: systemRandom,
    log,
  });
  const share = await serveSubscribers(own, {
    consuming,
    queues,
    subscriptions,
    deadEvents,
    processEvent,
    told,
    processesLeast: config.POSTHORN_QUEUE_PROCESSES,
  });
  // Fails every dead event with its reason: so they lie under Failed, where Bull Board lists them.
  own(
    consume(consuming, {
      ...consuming,
      queue: deadEventQueue(),
      schema: deadEventSchema,
      concurrency: 5,
      process: async ({ code }) => await Promise.resolve({ kind: 'dead', reason: code }),
    }),
    async (open) => await open.close(),
    'dead events',
  );

  await startFanOut(own, {
    outbox: createOutbox(scripts),
    backlog,
    subscriptions,
    channels,
    callsRedis: connect('forwarder-calls'),
    told,
    log,
    sweepMs: config.POSTHORN_EVENT_SWEEP_MS,
  });

  const sweepDead = async (): Promise<void> => {
    for (const { id, tenantId } of subscriptions.list()) {
      await deadEvents.sweep(id);
      const keptMs = await retention.of(tenantId);
      if (keptMs !== null) await deliveries.forgetAnswers(id, systemClock.now() - keptMs);
    }
  };
  own(
    every(deadSweepMs, sweepDead, { log, name: 'dead events' }),
    async (open) => await open.close(),
    'sweep of dead events',
  );

  const { POSTHORN_FORWARDER_HOST: host, POSTHORN_FORWARDER_PORT: port } = config;
  const probes = own(
    createProbeServer({
      host,
      port,
      registry: metrics.registry,
      checks: { redis: async () => await pingRedis(redis) },
      log,
    }),
    async (open) => await open.close(),
    'probes',
  );
  // Others take over while deliveries under way here come to their end.
  own(share, async (open) => await open.leave(), 'share of the subscriptions');
  // Without a result in hand: an event whose delivery could not be written down is delivered again, under the same id.
  const departure = createDeparture({
    redis,
    underWay: () => ({ calls: calls.underWay(), results: 0 }),
    graceMs: config.POSTHORN_STOP_GRACE_MS,
    log,
  });
  own(departure, (open) => open.begin(), 'departure');
  own(probes, (open) => open.stopping(), 'readiness');
  return await listenOrExplain(async () => await probes.listen(), { variable: 'POSTHORN_FORWARDER_PORT', port, host });
}
