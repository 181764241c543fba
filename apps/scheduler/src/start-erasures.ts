import { randomUUID } from 'node:crypto';
import type { ChannelRegistry } from '@posthorn/channel';
import { createAudit } from '@posthorn/channel-admin';
import { createErasureExecutor, createErasureStore } from '@posthorn/erasure';
import type { Ledger } from '@posthorn/ledger';
import type { Media } from '@posthorn/media';
import { providers } from '@posthorn/providers';
import { createFileErrands, createRawCalls, createWebhookInbox, type DeadLetters, type Queues } from '@posthorn/queue';
import { every, type Log, type Own, type RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { createDeliveryLog, createSubscriptionRegistry } from '@posthorn/subscription';

interface Deps {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly registry: ChannelRegistry;
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly deadLetters: DeadLetters;
  readonly media: Media;
  readonly log: Log;
}

/** A tick without erasures is one look at Redis. */
const tickMs = 500;

/** Erases people whom somebody wants erased, by the API or the command. */
export async function startErasures(own: Own, deps: Deps): Promise<void> {
  const { redis, sealer, queues, log } = deps;
  const subscriptions = own(
    await createSubscriptionRegistry({ redis, sealer, log, followMs: 0 }),
    async (open) => await open.close(),
    'subscriptions',
  );
  const inbox = createWebhookInbox({ redis, sealer });
  const tick = createErasureExecutor({
    ...deps,
    store: createErasureStore({ redis, sealer }),
    inbox,
    rawCalls: createRawCalls({ redis, inbox }),
    errands: createFileErrands({ redis, queues, sealer }),
    subscriptions,
    deliveries: createDeliveryLog({ redis, sealer }),
    providers: providers.map(({ id }) => id),
    audit: createAudit({ redis }),
    holder: randomUUID(),
  });
  const stop = new AbortController();
  own(
    every(tickMs, async () => await tick(stop.signal), { log, name: 'erasures' }),
    async (open) => {
      stop.abort();
      await open.close();
    },
    'erasures',
  );
}
