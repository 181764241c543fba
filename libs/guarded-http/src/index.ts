export { callbackAllowSchema, loopbackAllow } from './callback-allow-schema.ts';
export { classifyAddress, type AddressClass } from './classify-address.ts';
export {
  createAddressGuard,
  refusalWords,
  type AddressGuard,
  type AddressGuardOptions,
  type RefusalReason,
  type UrlCheck,
} from './create-address-guard.ts';
export type { Resolve } from './create-guarded-connector.ts';
export { createGuardedHttp, type GuardedHttp, type GuardedHttpOptions } from './create-guarded-http.ts';
export type { Open, OpenReply, OpenRequest } from './create-open.ts';
export { BodyError, type StreamedAnswer } from './open-once.ts';
