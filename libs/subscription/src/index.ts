export { createDeliveryLog } from './delivery-log.ts';
export type { DeliveryLog } from './delivery-log.ts';
export { createSubscriptionRegistry } from './create-subscription-registry.ts';
export { newSubscription, subscriptionDefaults } from './new-subscription.ts';
export { activeSecrets, isStanding, wants, watches } from './subscription.ts';
export type { Subscription, SubscriptionRegistry } from './subscription.ts';
export { subscriptionSealedPlaces } from './sealed-places.ts';
