import { createAccess } from '@posthorn/access';
import { createChannelRegistry } from '@posthorn/channel';
import { createAudit } from '@posthorn/channel-admin';
import { startForwarder } from '@posthorn/forwarder';
import { startIngress } from '@posthorn/ingress';
import { createLedger } from '@posthorn/ledger';
import { startOps } from '@posthorn/ops';
import { providers } from '@posthorn/providers';
import { createPauses, createQueues, sendJobScript } from '@posthorn/queue';
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
import { putDemoChannel } from './demo-channel.ts';
import type { DemoPlaces, DemoProvider, SandboxSecrets } from './demo-provider.ts';
import { demoProviders } from './demo-providers.ts';
import { demoPhoneNumberId } from './demo-whatsapp-cloud.ts';
import { freePort } from './free-port.ts';
import { reachable } from './reachable.ts';
import { startSideBySide, type SideApp } from './start-side-by-side.ts';

export interface FleetOptions {
  readonly redisUrl: string;
  /** For apps with Redis users of their own, by the app's name. Default: `redisUrl` for all. */
  readonly redisUrlOf?: (app: string) => string;
  readonly config: FleetConfig;
  /** Of the demo channels, at the sandbox and here. */
  readonly secrets: SandboxSecrets;
  /** A key that may be known in this Redis, or undefined. */
  readonly apiKey: string | undefined;
  /** Times of the sandbox other than its seed's. */
  readonly timing?: TimingInput;
  /** Default: one for each provider. */
  readonly demos?: readonly DemoProvider[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The log of one app. */
  readonly logOf: (app: string) => Log;
  /** For whoever tells what an app still waits for when it stops. */
  readonly track?: (app: string, give: Own) => Own;
}

/** A fleet that runs. */
export interface Fleet {
  readonly urls: {
    readonly api: string;
    readonly ops: string;
    /** By provider. */
    readonly workers: Readonly<Record<string, string>>;
    readonly scheduler: string;
    readonly forwarder: string;
    readonly sandbox: string;
  };
  /** Works: the given one, or a new one. */
  readonly apiKey: string;
  readonly sandbox: Sandbox;
}

/**
 * Starts every app in this process, with a demo channel for each provider that leads to the sandbox. They meet only in Redis and over HTTP, as
 * they do as processes of their own. What is started is given to `own`. A stop ends first, side by side, all that works by itself; then
 * ingress, from where providers fetch the files of sends under way; then the sandbox, whom those sends are made to.
 */
export async function startFleet(own: Own, options: FleetOptions): Promise<Fleet> {
  const { redisUrl, config, secrets, env, logOf } = options;
  const withRedis = (app: string) => ({ REDIS_URL: options.redisUrlOf?.(app) ?? redisUrl });
  own(await createTelemetry(env, 'up'), async (open) => await open.close(), 'traces');
  const shared = (app: string) => ({ log: logOf(app), metrics: createMetrics({ app }) });

  const seed = config.sandbox.POSTHORN_SANDBOX_SEED;
  const sandbox = own(
    createSandbox({
      clock: systemClock,
      random: systemRandom,
      log: logOf('sandbox'),
      accounts: seed.whatsappCloud,
      twilio: seed.twilio,
      infobip: seed.infobip,
      kernel: seed.kernel,
      timing: { ...seed.timing, ...options.timing },
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

  // Channels and accounts name the address of ingress, and must be there before a worker or the scheduler uses them.
  const { POSTHORN_INGRESS_HOST: apiHost } = config.ingress;
  const ingress = {
    ...config.ingress,
    ...withRedis('ingress'),
    POSTHORN_INGRESS_PORT: await freePort(config.ingress.POSTHORN_INGRESS_PORT, apiHost),
  };
  const apiUrl = reachable(
    `http://${apiHost.includes(':') ? `[${apiHost}]` : apiHost}:${ingress.POSTHORN_INGRESS_PORT}`,
  );
  const onboarding = {
    POSTHORN_META_URL: env['POSTHORN_META_URL'] ?? sandboxUrl,
    POSTHORN_PUBLIC_URL: ingress.POSTHORN_PUBLIC_URL ?? apiUrl,
  };
  for (const demo of options.demos ?? demoProviders) demo.addAccount(sandbox.control, secrets, apiUrl);
  const apiKey = await prepareRedis(options, { sandboxUrl, apiUrl });

  await startIngress(own, { ...ingress, ...onboarding }, shared('ingress'));
  const urls = await startSideBySide(own, options.track, [
    ...demoProviders.map(({ provider, workerPort }): SideApp => {
      const app = `worker-${provider.id}`;
      const ownConfig = {
        ...config.worker,
        ...withRedis(app),
        POSTHORN_WORKER_PORT: config.workerPorts[workerPort],
        POSTHORN_PUBLIC_URL: onboarding.POSTHORN_PUBLIC_URL,
      };
      const more = { ...shared(app), portVariable: workerPort };
      return {
        app,
        stopGraceMs: config.worker.POSTHORN_STOP_GRACE_MS,
        start: async (give) => await startWorker(give, provider, ownConfig, more),
      };
    }),
    {
      app: 'scheduler',
      stopGraceMs: config.scheduler.POSTHORN_STOP_GRACE_MS,
      start: async (give) =>
        await startScheduler(give, { ...config.scheduler, ...withRedis('scheduler') }, { ...shared('scheduler'), env }),
    },
    {
      app: 'forwarder',
      stopGraceMs: config.forwarder.POSTHORN_STOP_GRACE_MS,
      start: async (give) =>
        await startForwarder(give, { ...config.forwarder, ...withRedis('forwarder') }, shared('forwarder')),
    },
    {
      app: 'ops',
      stopGraceMs: config.ops.POSTHORN_STOP_GRACE_MS,
      start: async (give) => await startOps(give, { ...config.ops, ...withRedis('ops') }, shared('ops')),
    },
  ]);
  const urlOf = (app: string): string => urls.get(app) ?? '';

  const handshake = await sandbox.control.whatsappCloud.handshake(demoPhoneNumberId);
  if (handshake?.kind !== 'verified') {
    logOf('sandbox').warn(
      { handshake: handshake?.kind },
      'the webhook of the demo channel did not prove itself to the sandbox; statuses may not come back',
    );
  }
  return {
    urls: {
      api: apiUrl,
      ops: urlOf('ops'),
      workers: Object.fromEntries(demoProviders.map(({ provider }) => [provider.id, urlOf(`worker-${provider.id}`)])),
      scheduler: urlOf('scheduler'),
      forwarder: urlOf('forwarder'),
      sandbox: sandboxUrl,
    },
    apiKey,
    sandbox,
  };
}

/** The demo channels and the demo key, before anything asks for them. */
async function prepareRedis(
  { redisUrl, config, secrets, apiKey, logOf, demos = demoProviders }: FleetOptions,
  places: DemoPlaces,
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
    const ledger = createLedger({
      redis,
      sealer,
      ...sendJobScript(),
    });
    const pauses = createPauses({ redis, queues, clock: systemClock });
    for (const demo of demos) {
      await putDemoChannel({ registry, ledger, pauses, providers }, demo, secrets, places);
    }
    const access = createAccess({ redis, clock: systemClock });
    if (apiKey !== undefined && (await access.authenticate(apiKey)) !== null) return apiKey;
    const made = await access.createKey({ tenantId: 'default', role: 'admin', name: 'demo, made by posthorn up' });
    const entry = { by: 'posthorn up', action: 'key.create', tenantId: 'default', channelId: null };
    await createAudit({ redis }).record({ ...entry, changed: [made.id], result: 'admin' });
    return made.key;
  } finally {
    await queues.close();
    await closeRedis(redis);
  }
}
