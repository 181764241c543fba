import { randomBytes } from 'node:crypto';
import { createAccess } from '@posthorn/access';
import { createChannelRegistry } from '@posthorn/channel';
import { createLedger, type Ledger } from '@posthorn/ledger';
import { tenantIdSchema } from '@posthorn/message';
import { createQueues, sendJobScript, type Queues } from '@posthorn/queue';
import {
  closeRedis,
  connectRedis,
  createSilentLog,
  systemClock,
  type Random,
  type RedisClient,
} from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { startAppProcess } from '../app-process.ts';
import { cpuSecondsOf } from '../cpu.ts';
import { call } from '../fleet.ts';
import { createAddChannel, type AddChannel } from './add-channel.ts';
import { startRedisHost, type RedisHost, type RedisKind } from './redis-host.ts';
import { startClusterHost, startSentinelsHost } from './redis-topologies.ts';
import { runPosthorn } from './run-posthorn.ts';
import { startRole, type Role } from './start-role.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export interface RigOptions {
  readonly workers: number;
  readonly random: Random;
  /** Edits loaded into every process: the planted defect, if there is one. */
  readonly edits: readonly string[];
  readonly redis: RedisKind;
  /** The fleet reaches Redis through a proxy, which can lead it to another one. */
  readonly redisByProxy?: boolean;
  /** Starts a forwarder, too. */
  readonly forwarder?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** A fleet of real processes that scenarios break, and what is needed to look into it. */
export interface Rig {
  readonly ingress: Role;
  readonly scheduler: Role;
  readonly forwarder: Role | null;
  readonly workers: readonly Role[];
  readonly redisHost: RedisHost;
  /** Between the fleet and Redis; null unless asked for. */
  readonly redisProxy: TcpProxy | null;
  /** Between the workers and the sandbox. */
  readonly proxy: TcpProxy;
  readonly apiKey: string;
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly redis: RedisClient;
  readonly addChannel: AddChannel;
  /** One more process of an app, with edits and variables of its own; it ends with the rig. */
  readonly startApp: (app: string, edits?: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Role>;
  /** The sandbox's control API. */
  readonly control: (method: string, path: string, body?: unknown) => Promise<unknown>;
  /** Runs the command `posthorn` against this fleet and returns what it printed. */
  readonly posthorn: (...args: readonly string[]) => Promise<string>;
  /** Ends something with the rig, before what the rig itself has. */
  readonly own: (end: () => Promise<unknown>) => void;
  readonly close: () => Promise<void>;
}

const preload = new URL('./defects/preload.ts', import.meta.url);
const worker = 'worker-whatsapp-cloud';

/** Waits that take minutes in production and would only make a run longer. */
const hurry = {
  POSTHORN_LOCK_MS: '1500',
  POSTHORN_STALLED_INTERVAL_MS: '500',
  POSTHORN_BACKOFF_BASE_MS: '20',
  POSTHORN_DELAY_FACTOR: '0.01',
  POSTHORN_SEND_TIMEOUT_MS: '10000',
  POSTHORN_SWEEP_MS: '300',
  POSTHORN_HEAD_IDLE_MS: '500',
  POSTHORN_FOLLOW_MS: '200',
  POSTHORN_EVENT_SWEEP_MS: '1000',
  POSTHORN_CALLBACK_ALLOW: '127.0.0.1',
  POSTHORN_LOG_LEVEL: 'info',
} as const satisfies Record<string, string>;

/** Starts the whole fleet on loopback. Messages can be sent once a channel is added. */
export async function startRig(options: RigOptions): Promise<Rig> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closers.splice(0).toReversed()) await end().catch(() => undefined);
  };
  try {
    return await open(options, (end) => closers.push(end), close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  options: RigOptions,
  own: (end: () => Promise<unknown>) => unknown,
  close: () => Promise<void>,
): Promise<Rig> {
  const redisHost = await startRedis(options.redis);
  own(redisHost.close);
  const redisProxy = options.redisByProxy === true ? await startTcpProxy(redisHost.port, options.random) : null;
  if (redisProxy !== null) own(redisProxy.close);
  const redisUrl = redisProxy === null ? redisHost.url : `redis://127.0.0.1:${redisProxy.port}`;

  const [sealingKey, lookupKey] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
  const fleetEnv = {
    REDIS_URL: redisUrl,
    POSTHORN_SEALING_KEYS: `k1:${sealingKey}`,
    POSTHORN_LOOKUP_KEY: lookupKey,
    ...hurry,
    ...options.env,
  };
  const withEdits = (edits: readonly string[]): Record<string, string> => {
    const all = [...options.edits, ...edits];
    return all.length === 0 ? {} : { NODE_OPTIONS: `--import ${preload.href}`, POSTHORN_CHAOS_EDITS: all.join(',') };
  };
  const startApp = async (
    app: string,
    edits: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Role> => {
    const role = await startRole(app, { ...fleetEnv, ...withEdits(edits), ...env });
    own(role.kill);
    return role;
  };

  const log = createSilentLog();
  const redis = connectRedis({ url: redisUrl, role: 'admin', log });
  own(async () => await closeRedis(redis));
  const sealer = createSealer(parseKeyRing(fleetEnv.POSTHORN_SEALING_KEYS, lookupKey));
  const registry = await createChannelRegistry({ redis, sealer, log, followMs: 0 });
  own(async () => await registry.close());
  const queues = createQueues(redis);
  own(async () => await queues.close());
  const ledger = createLedger({
    redis,
    sealer,
    ...sendJobScript(),
  });

  // The sandbox gets no defect: it is the witness.
  const sandbox = await startAppProcess(
    'sandbox',
    { POSTHORN_SANDBOX_HOST: '127.0.0.1', POSTHORN_SANDBOX_PORT: '0' },
    cpuSecondsOf,
  );
  own(sandbox.kill);
  const proxy = await startTcpProxy(Number(new URL(sandbox.url).port), options.random);
  own(proxy.close);
  const [ingress, scheduler, forwarder, ...workers] = await Promise.all([
    startApp('ingress'),
    startApp('scheduler'),
    options.forwarder === true ? startApp('forwarder') : null,
    ...Array.from({ length: options.workers }, async () => await startApp(worker)),
  ]);
  const { key: apiKey } = await createAccess({ redis, clock: systemClock }).createKey({
    tenantId: tenantIdSchema.parse('default'),
    role: 'admin',
    name: 'chaos',
  });
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> =>
    await call(`${sandbox.url}/_sandbox/${path}`, method, body);
  return {
    ingress,
    scheduler,
    forwarder,
    workers,
    redisHost,
    redisProxy,
    proxy,
    apiKey,
    ledger,
    queues,
    redis,
    startApp,
    control,
    own: (end) => void own(end),
    addChannel: createAddChannel({
      registry,
      ledger,
      queues,
      redis,
      control,
      ingressUrl: ingress.url(),
      providerUrl: `http://127.0.0.1:${proxy.port}`,
      apiKey,
    }),
    posthorn: async (...args) =>
      await runPosthorn(args, {
        ...fleetEnv,
        ...withEdits([]),
        POSTHORN_URL: ingress.url(),
        POSTHORN_API_KEY: apiKey,
      }),
    close,
  };
}

async function startRedis(kind: RedisKind): Promise<RedisHost> {
  switch (kind) {
    case 'cluster':
      return await startClusterHost();
    case 'sentinels':
      return await startSentinelsHost();
    case 'none':
    case 'everysec':
    case 'always':
      return await startRedisHost(kind);
    default:
      return kind satisfies never;
  }
}
