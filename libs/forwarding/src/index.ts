export { createDeliverEvent } from './deliver-event.ts';
export type { Attempt, Delivery, Verdict } from './deliver-event.ts';
export { eventIdOf, readEventId, renderEvent } from './render-event.ts';
export { createSigningSecret, isSigningSecret, signedHeaders } from './sign.ts';
