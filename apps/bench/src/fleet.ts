import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createAccess } from '@posthorn/access';
import type { Channel } from '@posthorn/channel';
import { channelInputSchema, createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import type { Ledger } from '@posthorn/ledger';
import type { ChannelId } from '@posthorn/message';
import { channelIdSchema, tenantIdSchema } from '@posthorn/message';
import { providers } from '@posthorn/providers';
import { startPrivateRedis, type PrivateRedis } from '@posthorn/private-redis';
import { createPauses, createQueues, sendJobScript } from '@posthorn/queue';
import type { Queues } from '@posthorn/queue';
import { closeRedis, connectRedis, createSilentLog, systemClock, type RedisClient } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { putChannel } from '@posthorn/channel-admin';
import type { AppProcess } from './app-process.ts';
import { startAppProcess } from './app-process.ts';
import { cpuSecondsOf } from './cpu.ts';

export interface FleetOptions {
  /** Without it the fleet gets a Redis of its own: fleets that share one take each other's webhooks. */
  readonly redisUrl?: string;
  readonly workers: number;
  /** Variables for all apps, on top of those that the fleet needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** The sandbox's times, as its control API takes them. */
  readonly timing?: Readonly<Record<string, unknown>>;
  readonly pacePerSecond?: number;
}

/** A whole fleet of real processes on loopback, with one channel at the sandbox. */
export interface Fleet {
  readonly ingress: AppProcess;
  readonly sandbox: AppProcess;
  readonly scheduler: AppProcess;
  readonly workers: readonly AppProcess[];
  readonly startWorker: () => Promise<AppProcess>;
  readonly channelId: ChannelId;
  readonly channel: { readonly id: ChannelId; readonly provider: (typeof providers)[number]['id'] };
  readonly apiKey: string;
  readonly appSecret: string;
  readonly accessToken: string;
  readonly phoneNumberId: string;
  /** Adds another channel, or changes one. */
  readonly putChannel: (document: unknown) => Promise<Channel>;
  /** Our own look into the books. */
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly redis: RedisClient;
  readonly close: () => Promise<void>;
}

const key = (): string => randomBytes(32).toString('base64');

/** Starts every app as a process, adds a channel, and returns once messages can be sent. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const sealingKeys = `k1:${key()}`;
  const lookupKey = key();
  const started: AppProcess[] = [];
  const ownRedis = options.redisUrl === undefined ? await startThrowawayRedis() : null;
  const redisUrl = options.redisUrl ?? ownRedis?.url ?? '';
  const start = async (app: string, env: Readonly<Record<string, string>>): Promise<AppProcess> => {
    const running = await startAppProcess(
      app,
      {
        REDIS_URL: redisUrl,
        POSTHORN_SEALING_KEYS: sealingKeys,
        POSTHORN_LOOKUP_KEY: lookupKey,
        POSTHORN_FOLLOW_MS: '200',
        ...options.env,
        ...env,
      },
      cpuSecondsOf,
    );
    started.push(running);
    return running;
  };
  const startWorker = async (): Promise<AppProcess> =>
    await start('worker-whatsapp-cloud', { POSTHORN_WORKER_HOST: '127.0.0.1', POSTHORN_WORKER_PORT: '0' });

  const log = createSilentLog();
  const redis = connectRedis({ url: redisUrl, role: 'admin', log });
  const sealer = createSealer(parseKeyRing(sealingKeys, lookupKey));
  const registry = await createChannelRegistry({ redis, sealer, log, followMs: 0 });
  const queues = createQueues(redis);
  const ledger = createLedger({
    redis,
    sealer,
    ...sendJobScript(),
  });

  const channelId = channelIdSchema.parse(`bench-${randomBytes(4).toString('hex')}`);
  const account = {
    phoneNumberId: String(100_000_000_000_000 + Math.floor(Math.random() * 1e12)),
    wabaId: '102290129340398',
    accessToken: `EAA${randomBytes(20).toString('hex')}`,
    appSecret: randomBytes(16).toString('hex'),
    verifyToken: randomBytes(8).toString('hex'),
  };
  const [ingress, sandbox, scheduler, ...workers] = await Promise.all([
    start('ingress', { POSTHORN_INGRESS_HOST: '127.0.0.1', POSTHORN_INGRESS_PORT: '0' }),
    start('sandbox', {
      POSTHORN_SANDBOX_HOST: '127.0.0.1',
      POSTHORN_SANDBOX_PORT: '0',
      POSTHORN_SANDBOX_SEED: JSON.stringify({ timing: options.timing ?? {} }),
    }),
    start('scheduler', { POSTHORN_SCHEDULER_HOST: '127.0.0.1', POSTHORN_SCHEDULER_PORT: '0' }),
    ...Array.from({ length: options.workers }, startWorker),
  ]);
  const pauses = createPauses({ redis, queues, clock: systemClock });
  const put: Fleet['putChannel'] = async (document) => {
    const result = await putChannel({ registry, ledger, pauses, providers }, channelInputSchema.parse(document));
    if (result.kind === 'put') return result.channel;
    const faults = result.faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join(', ');
    throw new Error(`a channel of the fleet is wrong: ${faults}`);
  };
  const channel = await put({
    id: channelId,
    provider: 'whatsapp-cloud',
    pacePerSecond: options.pacePerSecond ?? 100_000,
    settings: {
      phoneNumberId: account.phoneNumberId,
      wabaId: account.wabaId,
      accessToken: account.accessToken,
      appSecret: account.appSecret,
      verifyToken: account.verifyToken,
      baseUrl: sandbox.url,
    },
  });
  const access = createAccess({ redis, clock: systemClock });
  const { key: apiKey } = await access.createKey({
    tenantId: tenantIdSchema.parse('default'),
    role: 'producer',
    name: 'bench',
  });
  await untilIngressKnows(`${ingress.url}/v1/channels/${channelId}`, apiKey);
  const { verifyToken, ...rest } = account;
  await call(`${sandbox.url}/_sandbox/whatsapp-cloud/accounts/${account.phoneNumberId}`, 'PUT', {
    ...rest,
    displayPhoneNumber: '15551230000',
    appId: '1',
    pacePerSecond: null,
    webhook: { url: `${ingress.url}/webhooks/whatsapp-cloud/${channelId}`, verifyToken },
  });

  return {
    ingress,
    sandbox,
    scheduler,
    workers,
    startWorker,
    channelId,
    channel,
    putChannel: put,
    apiKey,
    appSecret: account.appSecret,
    accessToken: account.accessToken,
    phoneNumberId: account.phoneNumberId,
    ledger,
    queues,
    redis,
    close: async () => {
      await Promise.allSettled(started.map(async (app) => await app.stop()));
      await queues.close();
      await registry.close();
      await closeRedis(redis);
      await ownRedis?.stop();
    },
  };
}

/** A Redis that keeps nothing, from the program that the repository's tests use. */
export async function startThrowawayRedis(): Promise<PrivateRedis> {
  const dir = fileURLToPath(new URL('../../../.posthorn', import.meta.url));
  return await startPrivateRedis({ dir, persistent: false, log: () => undefined });
}

/** A new channel is known at once to scripts, and a moment later to ingress, which follows the registry. */
async function untilIngressKnows(url: string, apiKey: string): Promise<void> {
  const giveUp = Date.now() + 60_000;
  while ((await fetch(url, { headers: { authorization: `Bearer ${apiKey}` } })).status !== 200) {
    if (Date.now() > giveUp) throw new Error('ingress did not learn of the new channel within 60 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A JSON call on loopback; throws what came if it is no 2xx. */
export async function call(
  url: string,
  method: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: expected 2xx, came ${response.status}: ${text.slice(0, 500)}`);
  const parsed: unknown = text === '' ? null : JSON.parse(text);
  return parsed;
}
