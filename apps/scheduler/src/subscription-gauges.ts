import type { Queues } from '@posthorn/queue';
import { eventQueue, measureDepth } from '@posthorn/queue';
import type { Clock, Metrics } from '@posthorn/runtime';
import type { DeliveryLog, Subscription, SubscriptionRegistry } from '@posthorn/subscription';
import { askAll, measureTogether } from './measure-together.ts';

interface Deps {
  readonly queues: Queues;
  readonly subscriptions: Pick<SubscriptionRegistry, 'list'>;
  readonly deliveries: Pick<DeliveryLog, 'failingSince'>;
  readonly clock: Clock;
  /** More are told together, or labels would have no bound. Default: 200. */
  readonly subscriptionsMax?: number;
}

/** What waits for each subscriber, and for how long; and since when its deliveries fail. They are the fleet's, so the scheduler tells them. */
export function registerSubscriptionGauges(metrics: Metrics, deps: Deps): void {
  const { subscriptionsMax = 200 } = deps;
  const look = measureTogether(async () => {
    const all = deps.subscriptions.list();
    const conditions = await askAll(all, async (each) => await conditionOf(deps, each));
    for (const gauge of [events, oldest, failing]) gauge.reset();
    const labelOf = ({ id }: { readonly id: string }): string => (all.length > subscriptionsMax ? 'all' : id);
    for (const [subscription, some] of Map.groupBy(conditions, labelOf)) {
      for (const { waiting, retrying, delivering } of some) {
        events.inc({ subscription, state: 'waiting' }, waiting);
        events.inc({ subscription, state: 'retrying' }, retrying);
        events.inc({ subscription, state: 'delivering' }, delivering);
      }
      oldest.set({ subscription }, Math.max(...some.map(({ oldestMs }) => oldestMs)) / 1_000);
      failing.set({ subscription }, Math.max(...some.map(({ failingMs }) => failingMs)) / 1_000);
    }
  }, deps);

  const events = metrics.gauge({
    name: 'posthorn_subscription_events',
    help: 'Events for a subscriber: waiting, retrying (between two attempts), delivering. Of more than 200 subscribers: of all together.',
    labelNames: ['subscription', 'state'],
    collect: look,
  });
  const oldest = metrics.gauge({
    name: 'posthorn_subscription_oldest_age_seconds',
    help: 'Age of the oldest event for a subscriber that could be delivered now. Of more than 200 subscribers: the greatest.',
    labelNames: ['subscription'],
    collect: look,
  });
  const failing = metrics.gauge({
    name: 'posthorn_subscription_failing_seconds',
    help: 'For how long no delivery to a subscriber went well; 0: the last one did. Of more than 200 subscribers: the longest.',
    labelNames: ['subscription'],
    collect: look,
  });
}

interface Condition {
  readonly id: string;
  readonly waiting: number;
  readonly retrying: number;
  readonly delivering: number;
  readonly oldestMs: number;
  readonly failingMs: number;
}

async function conditionOf({ queues, deliveries, clock }: Deps, { id }: Subscription): Promise<Condition> {
  const [{ jobs, oldestMs }, since] = await Promise.all([
    measureDepth(queues, eventQueue(id), clock.now()),
    deliveries.failingSince(id),
  ]);
  return {
    id,
    waiting: jobs.waiting,
    retrying: jobs.delayed,
    delivering: jobs.active,
    oldestMs,
    failingMs: since === null ? 0 : Math.max(0, clock.now() - since),
  };
}
