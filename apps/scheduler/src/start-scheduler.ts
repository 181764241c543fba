import { createTenants } from '@posthorn/access';
import type { ChannelRegistry } from '@posthorn/channel';
import { createChannelRegistry, createTokenStore } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { providers } from '@posthorn/providers';
import { createDeadLetters, createPauses, createQueues, sendJobScript } from '@posthorn/queue';
import { watchKeys } from '@posthorn/rotation';
import type { Log, Metrics, Own, UnderWay } from '@posthorn/runtime';
import {
  awaitRedis,
  every,
  closeRedis,
  connectRedis,
  countCalls,
  createDeparture,
  createHttp,
  createProbeServer,
  listenOrExplain,
  systemClock,
  systemRandom,
  pingRedis,
} from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { createDeliveryLog, createSubscriptionRegistry } from '@posthorn/subscription';
import { applyLater, toRetryPolicy } from '@posthorn/worker';
import { registerChannelGauges } from './channel-gauges.ts';
import type { SchedulerConfig } from './config.ts';
import { startErasures } from './start-erasures.ts';
import { followChannels } from './follow-channels.ts';
import { registerFleetGauges } from './fleet-gauges.ts';
import { createKeepContent } from './keep-content.ts';
import { createHeldLookUp } from './look-up-held.ts';
import { startChannelAdmin } from './start-channel-admin.ts';
import { startMediaSweeps } from './start-media-sweeps.ts';
import { startRenewals } from './start-renewals.ts';
import { startReplayRuns } from './start-replay-runs.ts';
import { registerRedisGauges } from './redis-gauges.ts';
import { registerSubscriptionGauges } from './subscription-gauges.ts';
import { createSweep } from './sweep-channels.ts';

/** Short, because a stop waits for it. */
const lookUpTimeoutMs = 5_000;

/** What apps of one process share. */
export interface SchedulerShared {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Where POSTHORN_CHANNELS_FILE finds secrets that it names. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Starts what the clock starts. Any number may run: a lock lets each tick happen once, and a tick done twice does no harm. */
export async function startScheduler(
  own: Own,
  config: SchedulerConfig,
  { log, metrics, env = {} }: SchedulerShared,
): Promise<{ readonly url: string }> {
  const ring = parseKeyRing(config.POSTHORN_SEALING_KEYS, config.POSTHORN_LOOKUP_KEY);
  const sealer = createSealer(ring);
  const redis = own(
    connectRedis({ url: config.REDIS_URL, role: 'worker', log, name: 'scheduler' }),
    async (open) => await closeRedis(open),
    'redis',
  );
  await awaitRedis(redis, log);
  own(watchKeys({ redis, ring, log }), async (open) => await open.close(), 'keys');
  const registry = own(
    await createChannelRegistry({ redis, sealer, log, followMs: config.POSTHORN_FOLLOW_MS }),
    async (open: ChannelRegistry) => await open.close(),
    'channel registry',
  );
  const queues = own(createQueues(redis), async (open) => await open.close(), 'queues');
  const repaired = metrics.counter({
    name: 'posthorn_repairs_total',
    help: 'What sweeps had to put right.',
    labelNames: ['kind'],
  });
  const subscriptions = own(
    await createSubscriptionRegistry({ redis, sealer, log, followMs: config.POSTHORN_FOLLOW_MS }),
    async (open) => await open.close(),
    'subscriptions',
  );
  registerFleetGauges(metrics, { queues, registry, clock: systemClock, providers: providers.map(({ id }) => id) });

  const ledger = createLedger({
    redis,
    sealer,
    ...sendJobScript(),
    lateRetry: { policy: toRetryPolicy(config), random: systemRandom },
  });
  registerChannelGauges(metrics, { queues, registry, ledger, clock: systemClock });
  const deliveries = createDeliveryLog({ redis, sealer });
  registerSubscriptionGauges(metrics, { queues, subscriptions, deliveries, clock: systemClock });
  registerRedisGauges(metrics, { redis, clock: systemClock });
  const pauses = createPauses({ redis, queues, clock: systemClock });
  const followed = followChannels(own, { registry, ledger, pauses, log });
  const sweep = createSweep({
    registry,
    ledger,
    deadLetters: createDeadLetters({ queues, clock: systemClock }),
    pauses,
    applyLater: async (channel, later) => await applyLater(followed.holds, await followed.find(channel), later),
    clock: systemClock,
    log,
    idleMs: config.POSTHORN_HEAD_IDLE_MS,
    repaired: (kind, count) => repaired.inc({ kind }, count),
  });
  const sweepMs = config.POSTHORN_SWEEP_MS;
  const once = (name: string, tick: () => Promise<void>) => async (): Promise<void> => {
    const mine = await redis.set(`posthorn:{scheduler}:${name}`, '1', 'PX', Math.max(1, sweepMs - 50), 'NX');
    if (mine !== null) await tick();
  };
  own(every(sweepMs, once('sweep', sweep), { log, name: 'sweep' }), async (open) => await open.close(), 'sweep');
  const keepContent = createKeepContent({ tenants: createTenants({ redis }), registry, ledger, log });
  own(
    every(sweepMs, once('keep-content', keepContent), { log, name: 'keep content' }),
    async (open) => await open.close(),
    'content retention',
  );

  const client = own(createHttp({ timeoutMs: lookUpTimeoutMs }), async (open) => await open.close(), 'look-ups');
  const calls = countCalls(client.http);
  const tokens = createTokenStore({ redis, sealer });
  const lookUps = createHeldLookUp({
    registry,
    ledger,
    http: calls.http,
    clock: systemClock,
    log,
    connected: async (channel) => (await followed.find(channel))?.connected ?? null,
    token: async (channel) => (await tokens.read(channel.id)).token?.token ?? null,
    report: (_channel, result) => repaired.inc({ kind: `held_look_up_${result}` }),
  });
  own(
    every(sweepMs, once('look-ups', lookUps.tick), { log, name: 'look-ups' }),
    async (open) => {
      lookUps.stop();
      await open.close();
    },
    'look-ups under way',
  );

  const deadLetters = createDeadLetters({ queues, clock: systemClock });
  startChannelAdmin(own, config, {
    redis,
    registry,
    ledger,
    pauses,
    queues,
    deadLetters,
    http: calls.http,
    log,
    env,
    once,
  });
  startReplayRuns(own, { redis, ledger, deadLetters, log });
  const { media } = await startMediaSweeps(own, {
    redis,
    sealer,
    config,
    log,
    metrics,
    sweepMs: config.POSTHORN_SWEEP_MS,
  });
  await startErasures(own, { redis, sealer, registry, ledger, queues, deadLetters, media, log });
  const renewals = startRenewals(own, {
    redis,
    sealer,
    registry,
    queues,
    log,
    metrics,
    sweepMs: config.POSTHORN_TOKEN_SWEEP_MS,
  });

  const probes = own(
    createProbeServer({
      host: config.POSTHORN_SCHEDULER_HOST,
      port: config.POSTHORN_SCHEDULER_PORT,
      registry: metrics.registry,
      checks: { redis: async () => await pingRedis(redis) },
      log,
    }),
    async (open) => await open.close(),
    'probes',
  );
  // Without a result in hand: a token that could not be stored is asked for again.
  const underWay = (): UnderWay => ({ calls: calls.underWay() + renewals.callsUnderWay(), results: 0 });
  const graceMs = config.POSTHORN_STOP_GRACE_MS;
  own(createDeparture({ redis, underWay, graceMs, log }), (open) => open.begin(), 'departure');
  own(probes, (open) => open.stopping(), 'readiness');
  return await listenOrExplain(async () => await probes.listen(), {
    variable: 'POSTHORN_SCHEDULER_PORT',
    port: config.POSTHORN_SCHEDULER_PORT,
    host: config.POSTHORN_SCHEDULER_HOST,
  });
}
