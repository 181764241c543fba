import type { ChannelRegistry } from '@posthorn/channel';
import { createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { providers } from '@posthorn/providers';
import { addJobLua, createDeadLetters, createQueues, sendQueue } from '@posthorn/queue';
import type { Log, Metrics, Own } from '@posthorn/runtime';
import { closeRedis, connectRedis, createProbeServer, listenOrExplain, systemClock } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import type { SchedulerConfig } from './config.ts';
import { every } from './every.ts';
import { registerFleetGauges } from './fleet-gauges.ts';
import { startRenewals } from './start-renewals.ts';
import { createSweep } from './sweep-channels.ts';

/** Starts what the clock starts. Any number may run: a lock lets each tick happen once, and a tick done twice does no harm. */
export async function startScheduler(
  own: Own,
  config: SchedulerConfig,
  { log, metrics }: { log: Log; metrics: Metrics },
): Promise<{ readonly url: string }> {
  const sealer = createSealer(parseKeyRing(config.POSTHORN_SEALING_KEYS, config.POSTHORN_LOOKUP_KEY));
  const redis = own(
    connectRedis({ url: config.REDIS_URL, role: 'worker', log, name: 'scheduler' }),
    async (open) => await closeRedis(open),
    'redis',
  );
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
  registerFleetGauges(metrics, { queues, registry, clock: systemClock, providers: providers.map(({ id }) => id) });

  const sweep = createSweep({
    registry,
    ledger: createLedger({
      redis,
      sealer,
      addJobLua: addJobLua(),
      sendQueueKeys: (channel) => sendQueue(channel).keyPrefix,
    }),
    deadLetters: createDeadLetters({ queues, clock: systemClock }),
    clock: systemClock,
    log,
    idleMs: config.POSTHORN_HEAD_IDLE_MS,
    repaired: (kind, count) => repaired.inc({ kind }, count),
  });
  const tick = async (): Promise<void> => {
    const mine = await redis.set(
      'posthorn:{scheduler}:sweep',
      '1',
      'PX',
      Math.max(1, config.POSTHORN_SWEEP_MS - 50),
      'NX',
    );
    if (mine !== null) await sweep();
  };
  own(every(config.POSTHORN_SWEEP_MS, tick, { log, name: 'sweep' }), async (open) => await open.close(), 'sweep');

  startRenewals(own, { redis, sealer, registry, queues, log, metrics, sweepMs: config.POSTHORN_TOKEN_SWEEP_MS });

  const probes = own(
    createProbeServer({
      host: config.POSTHORN_SCHEDULER_HOST,
      port: config.POSTHORN_SCHEDULER_PORT,
      registry: metrics.registry,
      checks: { redis: async () => void (await redis.ping()) },
      log,
    }),
    async (open) => await open.close(),
    'probes',
  );
  own(probes, (open) => open.stopping(), 'readiness');
  return await listenOrExplain(async () => await probes.listen(), {
    variable: 'POSTHORN_SCHEDULER_PORT',
    port: config.POSTHORN_SCHEDULER_PORT,
    host: config.POSTHORN_SCHEDULER_HOST,
  });
}
