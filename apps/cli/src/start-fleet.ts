import { createAccess } from '@posthorn/access';
import { createChannelRegistry } from '@posthorn/channel';
import { startIngress } from '@posthorn/ingress';
import { createLedger } from '@posthorn/ledger';
import { startOps } from '@posthorn/ops';
import { whatsappCloud } from '@posthorn/provider-whatsapp-cloud';
import { addJobLua, createPauses, createQueues, sendQueue } from '@posthorn/queue';
import {
  checkRedis,
  closeRedis,
  connectRedis,
  createMetrics,
  createTelemetry,
  listenOrExplain,
  systemClock,
  systemRandom,
  type Log,
  type Own,
} from '@posthorn/runtime';
import { createSandbox, type Sandbox, type TimingInput } from '@posthorn/sandbox';
import { startScheduler } from '@posthorn/scheduler';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { startWorker } from '@posthorn/worker';
import { CliError } from './cli-error.ts';
import type { FleetConfig } from './config.ts';
import { demoAccount, putDemoChannel, type SandboxSecrets } from './demo-channel.ts';

export interface FleetOptions {
  readonly redisUrl: string;
  readonly config: FleetConfig;
  /** Of the demo channel, at the sandbox and here. */
  readonly secrets: SandboxSecrets;
  /** A key that may be known in this Redis, or undefined. */
  readonly apiKey: string | undefined;
  /** Times of the sandbox other than its seed's. */
  readonly timing?: TimingInput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The log of one app. */
  readonly logOf: (app: string) => Log;
}

/** A fleet that runs. */
export interface Fleet {
  readonly urls: {
    readonly api: string;
    readonly ops: string;
    readonly worker: string;
    readonly scheduler: string;
    readonly sandbox: string;
  };
  /** Works: the given one, or a new one. */
  readonly apiKey: string;
  readonly sandbox: Sandbox;
}

/**
 * Starts every app in this process, with a demo channel that leads to the sandbox. They meet only in Redis and over HTTP, as
 * they do as processes of their own. What is started is given to `own`.
 */
export async function startFleet(own: Own, options: FleetOptions): Promise<Fleet> {
  const { redisUrl, config, secrets, env, logOf } = options;
  const withRedis = { REDIS_URL: redisUrl };
  const telemetry = own(await createTelemetry(env, 'up'), async (open) => await open.close(), 'traces');
  const shared = (app: string) => ({ log: logOf(app), metrics: createMetrics({ app }) });

  const sandbox = own(
    createSandbox({
      clock: systemClock,
      random: systemRandom,
      log: logOf('sandbox'),
      accounts: config.sandbox.POSTHORN_SANDBOX_SEED.whatsappCloud,
      timing: { ...config.sandbox.POSTHORN_SANDBOX_SEED.timing, ...options.timing },
    }),
    async (open) => await open.close(),
    'sandbox',
  );
  const { POSTHORN_SANDBOX_HOST: host, POSTHORN_SANDBOX_PORT: port } = config.sandbox;
  const { url: sandboxUrl } = await listenOrExplain(async () => await sandbox.listen({ host, port }), {
    variable: 'POSTHORN_SANDBOX_PORT',
    port,
    host,
  });

  const apiKey = await prepareRedis(options, sandboxUrl);

  const api = await startIngress(own, { ...config.ingress, ...withRedis }, shared('ingress'));
  const worker = await startWorker(
    own,
    whatsappCloud,
    { ...config.worker, ...withRedis },
    {
      ...shared('worker-whatsapp-cloud'),
      traced: telemetry.enabled,
    },
  );
  const scheduler = await startScheduler(own, { ...config.scheduler, ...withRedis }, shared('scheduler'));
  const ops = await startOps(own, { ...config.ops, ...withRedis }, shared('ops'));

  const { handshake } = await sandbox.control.whatsappCloud.putAccount(demoAccount(secrets, reachable(api.url)));
  if (handshake.kind !== 'verified') {
    logOf('sandbox').warn(
      { handshake: handshake.kind },
      'the webhook of the demo channel did not prove itself to the sandbox; statuses may not come back',
    );
  }
  return {
    urls: {
      api: reachable(api.url),
      ops: reachable(ops.url),
      worker: reachable(worker.url),
      scheduler: reachable(scheduler.url),
      sandbox: sandboxUrl,
    },
    apiKey,
    sandbox,
  };
}

/** The demo channel and the demo key, before anything asks for them. */
async function prepareRedis(
  { redisUrl, config, secrets, apiKey, logOf }: FleetOptions,
  sandboxUrl: string,
): Promise<string> {
  const log = logOf('up');
  const redis = connectRedis({ url: redisUrl, role: 'admin', name: 'posthorn-up' });
  const queues = createQueues(redis);
  try {
    const fit = await checkRedis(redis);
    if (fit.kind === 'unsuitable') throw new CliError(fit.says);
    const { POSTHORN_SEALING_KEYS: keys, POSTHORN_LOOKUP_KEY: lookupKey } = config.ingress;
    const sealer = createSealer(parseKeyRing(keys, lookupKey));
    const registry = await createChannelRegistry({ redis, sealer, log, followMs: 0 });
    await putDemoChannel(
      {
        registry,
        ledger: createLedger({
          redis,
          sealer,
          addJobLua: addJobLua(),
          sendQueueKeys: (channel) => sendQueue(channel).keyPrefix,
        }),
        pauses: createPauses({ redis, queues, clock: systemClock }),
        providers: [whatsappCloud],
      },
      secrets,
      sandboxUrl,
    );
    const access = createAccess({ redis, clock: systemClock });
    if (apiKey !== undefined && (await access.authenticate(apiKey)) !== null) return apiKey;
    return (await access.createKey({ tenantId: 'default', role: 'producer', name: 'demo, made by posthorn up' })).key;
  } finally {
    await queues.close();
    await closeRedis(redis);
  }
}

/** The address to call, where something listens on all interfaces. */
function reachable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
