import { createContentRetention } from '@posthorn/access';
import { createChannelRegistry } from '@posthorn/channel';
import { createDeliverEvent } from '@posthorn/forwarding';
import { createGuardedHttp } from '@posthorn/guarded-http';
import { createLedger, createOutbox, listenForEvents } from '@posthorn/ledger';
import type { SubscriptionId } from '@posthorn/message';
import { createShare, processesFor } from '@posthorn/placement';
import {
  consume,
  createDeadEvents,
  createEventBacklog,
  createQueues,
  deadEventQueue,
  deadEventSchema,
  eventJobSchema,
  eventQueue,
  sendJobScript,
  setPace,
} from '@posthorn/queue';
import { watchKeys } from '@posthorn/rotation';
import type { Log, Metrics, Own } from '@posthorn/runtime';
import {
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
import type { Subscription } from '@posthorn/subscription';
import { createDeliveryLog, createSubscriptionRegistry } from '@posthorn/subscription';
import { createCatchUp } from './catch-up.ts';
import type { ForwarderConfig } from './config.ts';
import { createFanOut } from './fan-out.ts';
import { createForwarderMetrics } from './forwarder-metrics.ts';
import { createProcessEvent } from './process-event.ts';
import { createReleaseContent } from './release-content.ts';
import { createStopSubscription } from './stop-subscription.ts';
import { createSubscriberConsumers } from './subscriber-consumers.ts';

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
  const scripts = {
    redis,
    ...sendJobScript(),
  };
  const outbox = createOutbox(scripts);
  const backlog = createEventBacklog({ redis, now: systemClock.now });
  const deadEvents = createDeadEvents({ queues, clock: systemClock });
  const onMissed = (): void => told.missed.inc();
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
  const consumers = own(
    createSubscriberConsumers(
      {
        start: ({ id, concurrency }) =>
          consume(consuming, {
            ...consuming,
            queue: eventQueue(id),
            schema: eventJobSchema,
            concurrency,
            process: async (job, _name, signal) => await processEvent(job, signal),
            onDead: (jobId) => {
              deadEvents
                .move(id, jobId)
                .catch((error: unknown) => log.warn({ err: error, subscriptionId: id }, 'a dead event is moved later'));
            },
          }),
        change: async ({ id, pacePerSecond }) => await setPace(queues, eventQueue(id), pacePerSecond),
        // Ingress emptied the queue; its consumers may have written into it once more.
        removed: async (id) => await queues.open(eventQueue(id)).obliterate({ force: true }),
      },
      log,
    ),
    async (open) => await open.close(),
    'deliveries under way',
  );
  let known: readonly Subscription[] = [];
  const share = own(
    await createShare<SubscriptionId>({
      redis,
      group: 'forwarder',
      refresh: subscriptions.refresh,
      serve: (mine) => {
        consumers.follow(known, mine);
        told.served.set(mine.size);
      },
      clock: systemClock,
      log,
    }),
    async (open) => await open.leave(),
    'share of the subscriptions',
  );
  const processesOf = ({ pacePerSecond, concurrency }: Subscription): number =>
    processesFor({ pacePerSecond, concurrency, least: config.POSTHORN_QUEUE_PROCESSES });
  own(
    subscriptions.onChange((there) => {
      known = there;
      share.offer(new Map(there.map((each) => [each.id, processesOf(each)])));
    }),
    (stop) => stop(),
    'followed subscriptions',
  );
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

  const catchUp = createCatchUp({ outbox, backlog, subscriptions, channels, log, onMissed });
  const fanOut = own(
    createFanOut({ outbox, backlog, subscriptions, channels, log, onMissed, onBehind: catchUp.isBehind }),
    async (open) => await open.close(),
    'fan-out',
  );
  own(await listenForEvents(connect('forwarder-calls'), fanOut.call), (open) => open.close(), 'calls of writers');
  const sweep = async (): Promise<void> => {
    told.outboxAge.set((await fanOut.sweep()) / 1_000);
    await catchUp.look();
  };
  own(
    every(config.POSTHORN_EVENT_SWEEP_MS, sweep, { log, name: 'outbox sweep' }),
    async (open) => await open.close(),
    'sweep',
  );
  own(
    every(Math.min(1_000, config.POSTHORN_EVENT_SWEEP_MS), catchUp.turn, { log, name: 'catch up' }),
    async (open) => await open.close(),
    'catching up',
  );

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
