export { createRenewal } from './create-renewal.ts';
export type { Renewal, RenewalDeps, RenewalEnd, RenewalReport, RenewalState, RenewedToken } from './create-renewal.ts';
export { createTokenCache } from './create-token-cache.ts';
export type { TokenCache, TokenCacheDeps, UsedToken } from './create-token-cache.ts';
export { tokenTimes } from './token-times.ts';
export type { TokenTimes } from './token-times.ts';
