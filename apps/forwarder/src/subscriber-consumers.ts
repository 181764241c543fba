import type { SubscriptionId } from '@posthorn/message';
import type { Log } from '@posthorn/runtime';
import type { Subscription } from '@posthorn/subscription';
import { isStanding } from '@posthorn/subscription';

interface Closable {
  readonly close: () => Promise<void>;
}

export interface SubscriberConsumers {
  /** All subscriptions there are, and those that this process serves. */
  readonly follow: (subscriptions: readonly Subscription[], mine: ReadonlySet<SubscriptionId>) => void;
  readonly close: () => Promise<void>;
}

/**
 * Keeps one consumer running per subscription that is delivered to from here, and none for one that stands still, that others serve or that
 * is gone: so pausing is following. A change of concurrency begins a new consumer; `change` is told of every other one.
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
  let there: ReadonlySet<SubscriptionId> = new Set();
  const inBackground = (work: Promise<void>, subscriptionId: SubscriptionId): void => {
    const done = work
      .catch((error: unknown) =>
        log.error({ err: error, subscriptionId }, 'a consumer of a subscription could not be changed'),
      )
      .finally(() => closing.delete(done));
    closing.add(done);
  };
  return {
    follow: (subscriptions, mine) => {
      there = new Set(subscriptions.map(({ id }) => id));
      const served = subscriptions.filter((each) => mine.has(each.id) && !isStanding(each));
      const live = new Map(served.map((each) => [each.id, each]));
      for (const [id, { consumer, concurrency }] of running) {
        if (live.get(id)?.concurrency === concurrency) continue;
        running.delete(id);
        // It may be removed while its last deliveries end.
        const removeIfGone = async (): Promise<void> => (there.has(id) ? undefined : await deps.removed(id));
        inBackground(consumer.close().then(removeIfGone), id);
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
