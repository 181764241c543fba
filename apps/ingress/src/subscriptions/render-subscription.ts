import type { Subscription } from '@posthorn/subscription';
import type { SubscriptionShown } from './subscription-schemas.ts';

/** A subscription without its secrets. */
export function renderSubscription(subscription: Subscription): SubscriptionShown {
  const { id, url, name, types, channels, pacePerSecond, concurrency, backlogMax, paused, held, disabled } =
    subscription;
  const standing = disabled ?? held ?? paused;
  const previous = subscription.secrets.at(-1)?.untilMs ?? null;
  const self = `/v1/subscriptions/${id}`;
  return {
    id,
    url,
    name,
    types: types && [...types],
    channels: channels && [...channels],
    pacePerSecond,
    concurrency,
    backlogMax,
    state: disabled ? 'disabled' : held ? 'held' : paused ? 'paused' : 'active',
    standing: standing && { since: iso(standing.since), reason: standing.reason },
    createdAt: iso(subscription.createdAt),
    previousSecretUntil: previous === null ? null : iso(previous),
    links: { self, deliveries: `${self}/deliveries`, deadLetters: `${self}/dead-letters` },
  };
}

/** Milliseconds since 1970 as the API writes times. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
