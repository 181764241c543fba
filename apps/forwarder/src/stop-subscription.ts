import type { EventBacklog, EventJob } from '@posthorn/queue';
import type { Clock, Log } from '@posthorn/runtime';
import type { Subscription, SubscriptionRegistry } from '@posthorn/subscription';
import { isStanding, wants } from '@posthorn/subscription';

export interface StopSubscriptionDeps {
  readonly subscriptions: Pick<SubscriptionRegistry, 'list' | 'change'>;
  readonly backlog: EventBacklog;
  readonly clock: Clock;
  readonly log: Log;
  readonly onStopped: (state: 'held' | 'disabled') => void;
}

const reasons = {
  held: 'no delivery succeeded for all attempts of an event, about three days',
  disabled: 'the receiver answered 410 Gone: it wants nothing more',
} as const;

/**
 * Holds a subscription after days of failure, or disables one whose receiver wants nothing more, and tells the tenant's other
 * subscribers; a held one learns of it itself once it is resumed. They are told first: who dies in between tells them twice rather than never.
 */
export function createStopSubscription({ subscriptions, backlog, clock, log, onStopped }: StopSubscriptionDeps) {
  return async function stopSubscription(subscription: Subscription, state: 'held' | 'disabled'): Promise<void> {
    const at = clock.now();
    const reason = reasons[state];
    const toJob = (each: Subscription): EventJob => ({
      v: 1,
      kind: 'own',
      subscriptionId: each.id,
      type: `subscription.${state}`,
      at,
      failed: 0,
      eventId: `evt_${subscription.id}_${state}-${at}`,
      data: {
        subscription: { id: subscription.id, name: subscription.name },
        since: new Date(at).toISOString(),
        reason,
      },
    });
    const told = subscriptions
      .list()
      .filter((each) => each.id !== subscription.id && each.tenantId === subscription.tenantId && !isStanding(each))
      .filter((each) => wants(each, `subscription.${state}`));
    await backlog.add(told.map(toJob));
    let wasRunning = false;
    await subscriptions.change(subscription.id, (known) => {
      wasRunning = known[state] === null;
      return wasRunning ? { ...known, [state]: { since: at, reason } } : known;
    });
    // Last, or it would be posted to a receiver that has just failed for days.
    if (wasRunning && state === 'held' && wants(subscription, 'subscription.held')) {
      await backlog.add([toJob(subscription)]);
    }
    onStopped(state);
    log.warn(
      { subscriptionId: subscription.id, tenantId: subscription.tenantId, state },
      `a subscription is ${state}: ${reason}. Its owner resumes it with POST /v1/subscriptions/{id}/resume`,
    );
  };
}
