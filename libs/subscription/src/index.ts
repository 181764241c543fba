export { createDeliveryLog } from './delivery-log.ts';
export type { DeliveryLog, DeliveryRecord } from './delivery-log.ts';
export { createSubscriptionRegistry } from './create-subscription-registry.ts';
export type { SubscriptionRegistryDeps } from './create-subscription-registry.ts';
export { activeSecrets, isStanding, wants, watches } from './subscription.ts';
export type { Subscription, SubscriptionRegistry } from './subscription.ts';
export { subscriptionSealedPlaces } from './sealed-places.ts';
