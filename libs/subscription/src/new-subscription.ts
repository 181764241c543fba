import type { Subscription } from './subscription.ts';

/** What holds where its owner said nothing. */
export const subscriptionDefaults = { concurrency: 4, backlogMax: 10_000 } as const;

/** A subscription as it begins: told everything of its tenant that happens after `nowMs` (by Redis' clock), unless `wanted` says otherwise. */
export function newSubscription(
  wanted: Pick<Subscription, 'id' | 'tenantId' | 'url' | 'secrets'> & Partial<Subscription>,
  nowMs: number,
): Omit<Subscription, 'version'> {
  return {
    ...subscriptionDefaults,
    name: null,
    types: null,
    channels: null,
    pacePerSecond: null,
    paused: null,
    held: null,
    disabled: null,
    createdAt: nowMs,
    watchesSince: nowMs,
    ...wanted,
  };
}
