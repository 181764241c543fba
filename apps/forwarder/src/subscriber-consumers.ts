import type { SubscriptionId } from '@posthorn/message';
import type { Log } from '@posthorn/runtime';
import type { Subscription } from '@posthorn/subscription';
import { isStanding } from '@posthorn/subscription';

interface Closable {
  readonly close: () => Promise<void>;
}

export interface SubscriberConsumers {
  readonly follow: (subscriptions: readonly Subscription[]) => void;
  readonly close: () => Promise<void>;
}

/**
 * Keeps one consumer running per subscription that is delivered to, and none for one that stands still or is gone: so pausing
 * is following. A change of concurrency begins a new consumer; `change` is told of every other one.
 */
export function createSubscriberConsumers(
  deps: {
    readonly start: (subscription: Subscription) => Closable;
    readonly change: (subscription: Subscription) => Promise<void>;
    /** Its consumer has closed, and it is gone: nothing of it is to be left. */
    readonly removed: (id: SubscriptionId) => Promise<void>;
  },
  log: Log,
): SubscriberConsumers {
  const running = new Map<
    SubscriptionId,
    { readonly consumer: Closable; readonly concurrency: number; version: number }
  >();
  const closing = new Set<Promise<void>>();
  const inBackground = (work: Promise<void>, subscriptionId: SubscriptionId): void => {
    const done = work
      .catch((error: unknown) =>
        log.error({ err: error, subscriptionId }, 'a consumer of a subscription could not be changed'),
      )
      .finally(() => closing.delete(done));
    closing.add(done);
  };
  return {
    follow: (subscriptions) => {
      const there = new Set(subscriptions.map(({ id }) => id));
      const live = new Map(subscriptions.filter((each) => !isStanding(each)).map((each) => [each.id, each]));
      for (const [id, { consumer, concurrency }] of running) {
        if (live.get(id)?.concurrency === concurrency) continue;
        running.delete(id);
        const closed = consumer.close();
        inBackground(there.has(id) ? closed : closed.then(async () => await deps.removed(id)), id);
      }
      for (const [id, each] of live) {
        const known = running.get(id);
        if (known?.version === each.version) continue;
        inBackground(deps.change(each), id);
        if (known !== undefined) known.version = each.version;
        else running.set(id, { consumer: deps.start(each), concurrency: each.concurrency, version: each.version });
      }
    },
    close: async () => {
      const consumers = [...running.values()].map(async ({ consumer }) => await consumer.close());
      running.clear();
      await Promise.all([...consumers, ...closing]);
    },
  };
}
