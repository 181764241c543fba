export { createRenewal } from './create-renewal.ts';
export type { Renewal } from './create-renewal.ts';
export { createTokenCache } from './create-token-cache.ts';
export type { TokenCache } from './create-token-cache.ts';
