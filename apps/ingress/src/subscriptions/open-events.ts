import { createGuardedHttp, refusalWords } from '@posthorn/guarded-http';
import type { Outbox } from '@posthorn/ledger';
import { createOutbox } from '@posthorn/ledger';
import type { SubscriptionId } from '@posthorn/message';
import type { DeadEvents, Depth, EventBacklog, RawCalls } from '@posthorn/queue';
import {
  createDeadEvents,
  createEventBacklog,
  createQueues,
  createRawCalls,
  createWebhookInbox,
  eventQueue,
  measureDepth,
  sendJobScript,
} from '@posthorn/queue';
import { closeRedis, connectRedis, systemClock, type Log, type Own, type RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import type { DeliveryLog, SubscriptionRegistry } from '@posthorn/subscription';
import { createDeliveryLog, createSubscriptionRegistry } from '@posthorn/subscription';

/** What the routes of subscriptions and of the event stream work on. */
export interface OpenedEvents {
  readonly subscriptions: Pick<SubscriptionRegistry, 'get' | 'list' | 'refresh' | 'add' | 'change' | 'remove'>;
  readonly backlog: EventBacklog;
  readonly deadEvents: DeadEvents;
  readonly deliveries: DeliveryLog;
  readonly outbox: Outbox;
  readonly rawCalls: RawCalls;
  /** Null if the address may be called, else why not, in words for whoever gave it. */
  readonly refusalOf: (url: string) => string | null;
  /** How full a subscriber's queue is. */
  readonly depthOf: (id: SubscriptionId) => Promise<Depth>;
  /** Tries at once what waits for its next attempt. */
  readonly hurry: (id: SubscriptionId) => Promise<void>;
  readonly removeQueue: (id: SubscriptionId) => Promise<void>;
  /** A connection to hear calls on; whoever asks closes it. */
  readonly openSubscriber: () => { readonly redis: RedisClient; readonly close: () => Promise<void> };
}

/** Opens it all; what must be closed is given to `own`. */
export async function openEvents(
  own: Own,
  {
    redis,
    redisUrl,
    sealer,
    log,
    callbackAllow,
  }: {
    readonly redis: RedisClient;
    readonly redisUrl: string;
    readonly sealer: Sealer;
    readonly log: Log;
    readonly callbackAllow: readonly string[];
  },
): Promise<OpenedEvents> {
  const queues = own(createQueues(redis), async (open) => await open.close(), 'queues of subscribers');
  // Only its judgement of addresses is used: the calls are the forwarder's.
  const client = own(
    createGuardedHttp({ allow: callbackAllow, httpsOnly: true, timeoutMs: 1_000, maxBodyBytes: 1 }),
    async (open) => await open.close(),
    'address guard',
  );
  const subscriptions = own(
    // Read again with each request: there are few, and a change must be seen by the next request to any copy.
    await createSubscriptionRegistry({ redis, sealer, log, followMs: 0, canStartEmpty: true }),
    async (open) => await open.close(),
    'subscriptions',
  );
  return {
    subscriptions,
    backlog: createEventBacklog({ redis, now: systemClock.now }),
    deadEvents: createDeadEvents({ queues, clock: systemClock }),
    deliveries: createDeliveryLog({ redis, sealer }),
    rawCalls: createRawCalls({ redis, inbox: createWebhookInbox({ redis, sealer }) }),
    outbox: createOutbox({
      redis,
      ...sendJobScript(),
    }),
    refusalOf: (url) => {
      const check = client.checkUrl(url);
      return check.kind === 'ok' ? null : refusalWords[check.reason];
    },
    depthOf: async (id) => await measureDepth(queues, eventQueue(id), systemClock.now()),
    hurry: async (id) => await queues.open(eventQueue(id)).promoteJobs(),
    removeQueue: async (id) => await queues.open(eventQueue(id)).obliterate({ force: true }),
    openSubscriber: () => {
      const subscriber = connectRedis({ url: redisUrl, role: 'worker', log, name: 'posthorn-ingress-calls' });
      return { redis: subscriber, close: async () => await closeRedis(subscriber) };
    },
  };
}
