import type { Metrics } from '@posthorn/runtime';
import type { SubscriptionRegistry } from '@posthorn/subscription';

export type ForwarderMetrics = ReturnType<typeof createForwarderMetrics>;

/** What the forwarder counts. Labels are few: no subscription, no address. */
export function createForwarderMetrics(metrics: Metrics, subscriptions: Pick<SubscriptionRegistry, 'list'>) {
  metrics.gauge({
    name: 'posthorn_subscriptions',
    help: 'Subscriptions by state. Held and disabled ones wait for their owner.',
    labelNames: ['state'],
    collect() {
      this.reset();
      for (const state of ['active', 'paused', 'held', 'disabled']) this.set({ state }, 0);
      for (const { paused, held, disabled } of subscriptions.list()) {
        this.inc({ state: disabled ? 'disabled' : held ? 'held' : paused ? 'paused' : 'active' });
      }
    },
  });
  return {
    served: metrics.gauge({
      name: 'posthorn_served_subscriptions',
      help: 'Subscriptions that this process serves.',
    }),
    deliveries: metrics.counter({
      name: 'posthorn_event_deliveries_total',
      help: 'Attempts to post an event, by what came of them: delivered, failed (tried again), dead.',
      labelNames: ['outcome'],
    }),
    deliverySeconds: metrics.histogram({
      name: 'posthorn_event_delivery_duration_seconds',
      help: 'How long subscribers took to answer.',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
    }),
    eventSeconds: metrics.histogram({
      name: 'posthorn_event_latency_seconds',
      help: 'From what happened to its successful delivery, retries included.',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300, 3_600, 86_400],
    }),
    outboxAge: metrics.gauge({
      name: 'posthorn_outbox_age_seconds',
      help: 'How long the oldest event had waited to be handed to the queues of its subscribers, at the last sweep.',
    }),
    missed: metrics.counter({
      name: 'posthorn_events_missed_total',
      help: 'Times that a log was trimmed before a subscriber had all of it. Anything but 0 is a loss.',
    }),
    stopped: metrics.counter({
      name: 'posthorn_subscriptions_stopped_total',
      help: 'Subscriptions that were held after days of failure, or disabled by 410.',
      labelNames: ['state'],
    }),
  };
}
