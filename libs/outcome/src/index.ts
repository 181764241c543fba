export { failureCodes, failureRules } from './failure.ts';
export type { FailureCode, Then } from './failure.ts';
export { failed } from './outcome.ts';
export type { Failed, ProviderProblem, Scope, SendOutcome } from './outcome.ts';
export { decide, defaultRetryPolicy } from './decide.ts';
export type { Disposition, RetryPolicy, Tried } from './decide.ts';
export { backoffMs } from './backoff.ts';
export type { BackoffPolicy } from './backoff.ts';
export { retryAfterMs } from './retry-after.ts';
