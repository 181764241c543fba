import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { createChannelRegistry, type Channel, type ChannelRegistry } from '@posthorn/channel';
import {
  createAudit,
  createHeldAdmin,
  createLetterAdmin,
  createPauseAdmin,
  createReplayRuns,
} from '@posthorn/channel-admin';
import { createLedger, type Ledger } from '@posthorn/ledger';
import {
  channelIdSchema,
  contentSchema,
  providerIdSchema,
  recipientSchema,
  subscriptionIdSchema,
  tenantIdSchema,
  toMessageId,
  type MessageId,
} from '@posthorn/message';
import {
  createDeadLetters,
  createPauses,
  createQueues,
  sendJobScript,
  type DeadLetters,
  type Queues,
} from '@posthorn/queue';
import {
  closeRedis,
  connectRedis,
  createMemoryLog,
  createMetrics,
  createProbes,
  systemClock,
  type Clock,
  type RedisClient,
} from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import {
  createDeliveryLog,
  createSubscriptionRegistry,
  newSubscription,
  type DeliveryLog,
  type Subscription,
  type SubscriptionRegistry,
} from '@posthorn/subscription';
import { createOps, type OpsDeps } from '../create-ops.ts';
import { createSessions } from '../create-sessions.ts';

export const user = 'anna';
export const viewer = { user: 'vera', role: 'viewer', password: 'only-looks-at-things' } as const;
export const password = 'correct-horse-battery';

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Ops on real Redis and real HTTP, with a registry that tests fill. The provider's name is its own, so suites do not meet. */
export interface TestOps {
  readonly url: string;
  readonly provider: Channel['provider'];
  readonly redis: RedisClient;
  readonly registry: ChannelRegistry;
  readonly queues: Queues;
  readonly deadLetters: DeadLetters;
  readonly ledger: Ledger;
  readonly deps: OpsDeps;
  /** Logged in, from our own page. Headers given replace those. */
  readonly call: (
    method: string,
    path: string,
    headers?: Readonly<Record<string, string>>,
    body?: string,
  ) => Promise<Answer>;
  readonly addChannel: (name?: string) => Promise<Channel>;
  readonly subscriptions: SubscriptionRegistry;
  readonly deliveries: DeliveryLog;
  readonly subscribe: (changes?: Partial<Subscription>) => Promise<Subscription>;
  /** Accepts a message to another recipient each time; its job waits in the channel's queue. */
  readonly accept: (channel: Channel) => Promise<MessageId>;
  /** Accepts a message, lets it fail for good and parks its letter. Returns the letter's id. */
  readonly addDead: (channel: Channel) => Promise<{ readonly messageId: MessageId; readonly letterId: string }>;
  readonly logText: () => string;
  readonly close: () => Promise<void>;
}

export async function startTestOps(
  options: { readonly logins?: OpsDeps['logins']; readonly channelsMax?: number; readonly clock?: Clock } = {},
): Promise<TestOps> {
  const redis = connectRedis({
    url: process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379',
    role: 'admin',
  });
  const key = randomBytes(32).toString('base64');
  const sealer = createSealer(parseKeyRing(`k${randomBytes(4).toString('hex')}:${key}`, key));
  const { log, lines } = createMemoryLog('ops');
  const registry = await createChannelRegistry({ redis, sealer, log, followMs: 0 });
  const subscriptions = await createSubscriptionRegistry({ redis, sealer, log, followMs: 0 });
  const deliveries = createDeliveryLog({ redis, sealer });
  const queues = createQueues(redis);
  const clock = options.clock ?? systemClock;
  const deadLetters = createDeadLetters({ queues, clock: systemClock });
  const ledger = createLedger({
    redis,
    sealer,
    ...sendJobScript(),
  });
  const metrics = createMetrics({ app: 'ops' });
  const provider = providerIdSchema.parse(`p-${randomBytes(5).toString('hex')}`);
  const tenantId = tenantIdSchema.parse('default');
  const logins = options.logins ?? [{ user, role: 'operator', password }, viewer];
  const pauses = createPauses({ redis, queues, clock });
  const audit = createAudit({ redis, prefix: `posthorn:ops-${provider}` });
  const letterDeps = { registry, ledger, deadLetters, providers: [provider], audit };
  const deps: OpsDeps = {
    logins,
    sessions: createSessions({ logins, secret: key, redis, clock }),
    audit,
    trustProxy: [],
    queues,
    registry,
    subscriptions,
    deliveries,
    letters: createLetterAdmin(letterDeps),
    runs: createReplayRuns({ ...letterDeps, redis, clock, newId: randomUlid }),
    pauses,
    held: createHeldAdmin({ ledger, deadLetters, audit }),
    pauseAdmin: createPauseAdmin({ registry, pauses, audit }),
    providers: [provider],
    probes: createProbes({ registry: metrics.registry, checks: { redis: async () => void (await redis.ping()) }, log }),
    metrics,
    log,
    clock,
    ...(options.channelsMax !== undefined && { channelsMax: options.channelsMax }),
  };
  const app = await createOps(deps);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const channels: Channel[] = [];

  const accept: TestOps['accept'] = async (channel) => {
    const id = toMessageId(channel.id, randomUlid());
    const result = await ledger.accept(channel, {
      id,
      tenantId,
      lane: 'normal',
      ordered: true,
      sealed: {
        to: recipientSchema.parse(`+1555${String(randomInt(10_000_000)).padStart(7, '0')}`),
        content: contentSchema.parse({ type: 'text', body: 'hello' }),
      },
      sendAt: null,
      expiresAt: null,
      traceparent: null,
    });
    if (result.kind !== 'accepted') throw new Error(`expected accepted, came ${result.kind}`);
    return id;
  };

  return {
    url,
    redis,
    provider,
    registry,
    subscriptions,
    deliveries,
    queues,
    deadLetters,
    ledger,
    deps,
    call: async (method, path, headers = {}, body?) => {
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: { authorization: basic(user, password), 'sec-fetch-site': 'same-origin', ...headers },
        ...(body !== undefined && { body }),
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
    addChannel: async (name) => {
      const id = channelIdSchema.parse(`t-${randomUUID()}`);
      const channel = await registry.put({
        id,
        tenantId,
        provider,
        name: name ?? null,
        labels: {},
        settings: { secret: 'never-shown' },
        pacePerSecond: null,
        heldGraceMs: 900_000,
      });
      await ledger.setState(channel, 'open');
      channels.push(channel);
      return channel;
    },
    subscribe: async (changes = {}) =>
      await subscriptions.add(
        newSubscription(
          {
            id: subscriptionIdSchema.parse(`sub_${randomUlid()}`),
            tenantId,
            url: 'https://example.com/hooks?token=never-shown',
            channels: [],
            secrets: [],
            ...changes,
          },
          0,
        ),
      ),
    accept,
    addDead: async (channel) => {
      const messageId = await accept(channel);
      const activation = { channel, messageId, generation: 1 };
      const claim = await ledger.claim(activation, null);
      if (claim.kind !== 'go') throw new Error(`expected go, came ${claim.kind}`);
      const dead = { kind: 'dead', code: 'rejected', failure: { kind: 'failed', code: 'rejected' } } as const;
      await ledger.record(activation, claim.token, dead, { attempt: claim.attempt, durationMs: 1 });
      await deadLetters.add(channel, { messageId, generation: 1, code: 'rejected' });
      return { messageId, letterId: `dead_${messageId}_1` };
    },
    logText: () => JSON.stringify(lines()),
    close: async () => {
      await app.close();
      for (const { id } of channels) await registry.remove(id);
      const subscribers = subscriptions.list();
      for (const { id } of subscribers) await subscriptions.remove(id);
      await subscriptions.close();
      const keys = [provider, ...[...channels, ...subscribers].map(({ id }) => id)].map((tag) =>
        redis.keys(`posthorn:{*${tag}*}*`),
      );
      const found = (await Promise.all(keys)).flat();
      if (found.length > 0) await redis.del(...found);
      await registry.close();
      await queues.close();
      await closeRedis(redis);
    },
  };
}

export function basic(name: string, secret: string): string {
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
}

function randomUlid(): string {
  return `01${[...randomBytes(24)].map((byte) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[byte % 32] ?? '0').join('')}`;
}
