import { randomBytes } from 'node:crypto';
import { createChannelRegistry } from '@posthorn/channel';
import {
  createAudit,
  createHeldAdmin,
  createLetterAdmin,
  createPauseAdmin,
  createReplayRuns,
} from '@posthorn/channel-admin';
import { createLedger } from '@posthorn/ledger';
import { providers } from '@posthorn/providers';
import { createDeadLetters, createPauses, createQueues, sendJobScript } from '@posthorn/queue';
import { watchKeys } from '@posthorn/rotation';
import {
  checkRedis,
  closeRedis,
  connectRedis,
  createDeparture,
  createProbes,
  listenOrExplain,
  systemClock,
  type Log,
  type Metrics,
  type Own,
  pingRedis,
} from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { createDeliveryLog, createSubscriptionRegistry } from '@posthorn/subscription';
import type { OpsConfig } from './config.ts';
import { createOps } from './create-ops.ts';
import { createSessions } from './create-sessions.ts';
import type { Login } from './logins.ts';

/** Starts ops: Bull Board, replay of dead letters, pause of channels. Any number may run. `own` closes it all. */
export async function startOps(
  own: Own,
  config: OpsConfig,
  { log, metrics }: { log: Log; metrics: Metrics },
): Promise<{ readonly url: string }> {
  const ring = parseKeyRing(config.POSTHORN_SEALING_KEYS, config.POSTHORN_LOOKUP_KEY);
  const sealer = createSealer(ring);
  const redis = own(
    connectRedis({ url: config.REDIS_URL, role: 'admin', log, name: 'posthorn-ops' }),
    async (open) => await closeRedis(open),
    'Redis',
  );
  const fit = await checkRedis(redis);
  if (fit.kind === 'unsuitable') throw new Error(fit.says);
  own(watchKeys({ redis, ring, log }), async (open) => await open.close(), 'keys');
  const registry = own(
    await createChannelRegistry({ redis, sealer, log, followMs: config.POSTHORN_FOLLOW_MS }),
    async (open) => await open.close(),
    'channel registry',
  );
  const subscriptions = own(
    await createSubscriptionRegistry({ redis, sealer, log, followMs: config.POSTHORN_FOLLOW_MS }),
    async (open) => await open.close(),
    'subscriptions',
  );
  const queues = own(createQueues(redis), async (open) => await open.close(), 'queues');
  const logins = loginsOf(config);
  if (logins.length === 0) log.warn('Bull Board and all actions are off: set POSTHORN_OPS_PASSWORD to turn them on');
  const ledger = createLedger({
    redis,
    sealer,
    ...sendJobScript(),
  });
  const deadLetters = createDeadLetters({ queues, clock: systemClock });
  const pauses = createPauses({ redis, queues, clock: systemClock });
  const audit = createAudit({ redis });
  const ids = providers.map(({ id }) => id);
  const letterDeps = { registry, ledger, deadLetters, providers: ids, audit };
  const app = own(
    await createOps({
      logins,
      sessions: createSessions({ logins, secret: config.POSTHORN_LOOKUP_KEY, redis, clock: systemClock }),
      audit,
      trustProxy: config.POSTHORN_TRUST_PROXY,
      queues,
      registry,
      subscriptions,
      deliveries: createDeliveryLog({ redis, sealer }),
      letters: createLetterAdmin(letterDeps),
      runs: createReplayRuns({ ...letterDeps, redis, clock: systemClock, newId: () => randomBytes(6).toString('hex') }),
      pauses,
      held: createHeldAdmin({ ledger, deadLetters, audit }),
      pauseAdmin: createPauseAdmin({ registry, pauses, audit }),
      providers: ids,
      probes: createProbes({
        registry: metrics.registry,
        checks: { redis: async () => await pingRedis(redis) },
        log,
      }),
      metrics,
      log,
      clock: systemClock,
    }),
    async (server) => await server.close(),
    'HTTP server',
  );
  // Requests under way end with it: without Redis they would fail as well, only later.
  const graceMs = config.POSTHORN_STOP_GRACE_MS;
  const departure = createDeparture({ redis, underWay: () => ({ calls: 0, results: 0 }), graceMs, log });
  own(departure, (open) => open.begin(), 'departure');
  const { POSTHORN_OPS_HOST: host, POSTHORN_OPS_PORT: port } = config;
  await listenOrExplain(async () => await app.listen({ host, port }), { variable: 'POSTHORN_OPS_PORT', port, host });
  const url = app.listeningOrigin;
  log.info({ url }, 'ops listens');
  return { url };
}

/** A name that is in the list as well is the list's. */
function loginsOf(config: OpsConfig): readonly Login[] {
  const { POSTHORN_OPS_USER: user, POSTHORN_OPS_PASSWORD: password, POSTHORN_OPS_LOGINS: more } = config;
  if (password === undefined || more.some((login) => login.user === user)) return more;
  return [{ user, role: 'operator', password }, ...more];
}
