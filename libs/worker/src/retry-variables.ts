import type { RetryPolicy } from '@posthorn/outcome';
import { envDurationMs, envInteger } from '@posthorn/runtime';
import { z } from 'zod';

/** How often and how long is tried: workers decide so about answers, workers and schedulers about failures told later. */
export const retryVariables = {
  POSTHORN_SEND_ATTEMPTS_MAX: envInteger({ min: 1, max: 1_000, default: 10 }),
  POSTHORN_BACKOFF_BASE_MS: envDurationMs({ min: 1, max: 3_600_000, default: 2_000 }),
  /** Multiplies the delays that providers' rules name; below 1 only to play hours in seconds. */
  POSTHORN_DELAY_FACTOR: z.coerce.number().min(0).max(1).default(1),
  POSTHORN_BACKOFF_CAP_MS: envDurationMs({ min: 1, max: 86_400_000, default: 600_000 }),
};

type RetryConfig = { readonly [Name in keyof typeof retryVariables]: z.output<(typeof retryVariables)[Name]> };

export function toRetryPolicy(config: RetryConfig): RetryPolicy {
  return {
    attemptsMax: config.POSTHORN_SEND_ATTEMPTS_MAX,
    baseMs: config.POSTHORN_BACKOFF_BASE_MS,
    capMs: config.POSTHORN_BACKOFF_CAP_MS,
    delayFactor: config.POSTHORN_DELAY_FACTOR,
  };
}
