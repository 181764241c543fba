export { createDeliverEvent } from './deliver-event.ts';
export type { Attempt, DeadEventCode, DeliverDeps, Delivery, Verdict } from './deliver-event.ts';
export { eventIdOf, readEventId, renderEvent } from './render-event.ts';
export type { ToldChannel, ToldEvent } from './render-event.ts';
export { deliveryScheduleMs, nextAttemptMs } from './schedule.ts';
export { createSigningSecret, isSigningSecret, signedHeaders } from './sign.ts';
