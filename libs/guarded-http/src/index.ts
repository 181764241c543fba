export { callbackAllowSchema, loopbackAllow } from './callback-allow-schema.ts';
export { refusalWords } from './create-address-guard.ts';
export { createGuardedHttp, type GuardedHttp } from './create-guarded-http.ts';
export type { Open } from './create-open.ts';
