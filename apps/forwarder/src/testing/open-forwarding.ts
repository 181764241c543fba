import { randomBytes } from 'node:crypto';
import { type Channel, channelInputSchema, createChannelRegistry } from '@posthorn/channel';
import { createSigningSecret } from '@posthorn/forwarding';
import { createLedger, createOutbox } from '@posthorn/ledger';
import {
  type InboundId,
  type MessageId,
  type TenantId,
  externalIdSchema,
  recipientSchema,
  subscriptionIdSchema,
  tenantIdSchema,
  toInboundId,
  toMessageId,
} from '@posthorn/message';
import { createDeadEvents, createEventBacklog, createQueues, sendJobScript } from '@posthorn/queue';
import { closeRedis, connectRedis, createMemoryLog, createMetrics, runApp, systemClock } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import {
  createDeliveryLog,
  createSubscriptionRegistry,
  newSubscription,
  type Subscription,
} from '@posthorn/subscription';
import { ulid } from 'ulid';
import { forwarderConfigSchema } from '../config.ts';
import { startForwarder } from '../start-forwarder.ts';

const testRedisUrl = process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';

export type OpenForwarding = Awaited<ReturnType<typeof openForwarding>>;

/** Everything a forwarder works on, on a real Redis, under keys of its own; forwarders are started as wanted. */
export async function openForwarding(database = 0) {
  const redisUrl = `${testRedisUrl}/${database}`;
  const key = randomBytes(32).toString('base64');
  const keys = { POSTHORN_SEALING_KEYS: `k1:${key}`, POSTHORN_LOOKUP_KEY: key };
  const sealer = createSealer(parseKeyRing(keys.POSTHORN_SEALING_KEYS, key));
  const { log, lines } = createMemoryLog('forwarder');
  const redis = connectRedis({ url: redisUrl, role: 'admin' });
  const queues = createQueues(redis);
  // Its own keys make other suites' entries unreadable, which is not to be told here.
  const channels = await createChannelRegistry({ redis, sealer, log, followMs: 0 });
  const subscriptions = await createSubscriptionRegistry({ redis, sealer, log, followMs: 0 });
  const scripts = {
    redis,
    ...sendJobScript(),
  };
  const ledger = createLedger({ ...scripts, sealer });
  const outbox = createOutbox(scripts);
  const tenantId: TenantId = tenantIdSchema.parse(`t-${randomBytes(4).toString('hex')}`);
  const running: ReturnType<typeof runApp>[] = [];

  const addChannel = async (ownerId = tenantId): Promise<Channel> => {
    const channel = await channels.put(
      channelInputSchema.parse({
        id: `c-${randomBytes(5).toString('hex')}`,
        tenantId: ownerId,
        provider: 'whatsapp-cloud',
        labels: { team: 'berlin' },
        settings: {},
      }),
    );
    await ledger.setState(channel, 'open');
    return channel;
  };

  return {
    redis,
    redisUrl,
    keys,
    queues,
    channels,
    subscriptions,
    ledger,
    outbox,
    tenantId,
    deliveries: createDeliveryLog({ redis, sealer }),
    backlog: createEventBacklog({ redis, now: systemClock.now }),
    deadEvents: createDeadEvents({ queues, clock: systemClock }),
    logLines: lines,
    addChannel,
    channel: await addChannel(),
    start: async (env: Readonly<Record<string, string>> = {}) => {
      const config = forwarderConfigSchema.parse({
        REDIS_URL: redisUrl,
        ...keys,
        POSTHORN_FORWARDER_HOST: '127.0.0.1',
        POSTHORN_FORWARDER_PORT: '0',
        POSTHORN_CALLBACK_ALLOW: '127.0.0.0/8',
        POSTHORN_FOLLOW_MS: '100ms',
        POSTHORN_EVENT_SWEEP_MS: '500ms',
        ...env,
      });
      const metrics = createMetrics({ app: 'forwarder' });
      const app = runApp('forwarder', { stopGraceMs: 30_000, log, handleSignals: false }, async (own) => {
        await startForwarder(own, config, { log, metrics });
      });
      running.push(app);
      await app.started;
      return { stop: app.stop, metrics: async () => await metrics.registry.metrics() };
    },
    subscribe: async (url: string, changes: Partial<Subscription> = {}): Promise<Subscription> => {
      const id = subscriptionIdSchema.parse(`sub_${ulid()}`);
      const secrets = [{ secret: createSigningSecret(), untilMs: null }];
      return await subscriptions.add(newSubscription({ id, tenantId, url, secrets, ...changes }, await outbox.now()));
    },
    /** Lets something happen: a message is accepted. */
    accept: async (channel: Channel, callbackData = 'order-1'): Promise<MessageId> => {
      const id = toMessageId(channel.id, ulid());
      await ledger.accept(channel, {
        id,
        tenantId,
        lane: 'normal',
        ordered: true,
        sealed: { to: recipientSchema.parse('+15550001111'), content: { type: 'text', body: 'hi' }, callbackData },
        sendAt: null,
        expiresAt: null,
        traceparent: null,
      });
      return id;
    },
    /** Lets somebody write to the channel. */
    receive: async (channel: Channel): Promise<InboundId> => {
      const id = toInboundId(channel.id, ulid());
      const now = new Date(await outbox.now()).toISOString();
      await ledger.receive(channel, id, {
        externalId: externalIdSchema.parse(id),
        from: '+15550001111',
        sentAt: now,
        receivedAt: now,
        content: { type: 'text', text: 'hello' },
      });
      return id;
    },
    close: async () => {
      await Promise.all(running.map(async (app) => await app.stop()));
      for (const { id } of subscriptions.list()) {
        await subscriptions.remove(id);
        const left = await redis.keys(`posthorn:{${id}}:*`);
        if (left.length > 0) await redis.del(...left);
      }
      for (const { id } of channels.list()) {
        await channels.remove(id);
        const left = await redis.keys(`posthorn:{${id}}:*`);
        if (left.length > 0) await redis.del(...left);
      }
      await queues.close();
      await channels.close();
      await subscriptions.close();
      await closeRedis(redis);
    },
  };
}

/** Looks again and again until it is so. */
export async function until<Value>(look: () => Promise<Value>, good: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await look();
    if (good(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
