import { envDurationMs, envPort, envRedisUrl } from '@posthorn/runtime';
import { mediaVariables } from '@posthorn/media';
import { sealingVariables } from '@posthorn/sealing';
import { retryVariables } from '@posthorn/worker';
import { z } from 'zod';

/** The environment of the scheduler. */
export const schedulerConfigSchema = z.object({
  REDIS_URL: envRedisUrl().default('redis://127.0.0.1:6379'),
  ...sealingVariables,
  ...mediaVariables,
  POSTHORN_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  POSTHORN_SCHEDULER_HOST: z.string().min(1).default('0.0.0.0'),
  POSTHORN_SCHEDULER_PORT: envPort(8083),
  /** How often all channels are swept. */
  POSTHORN_SWEEP_MS: envDurationMs({ min: 100, max: 600_000, default: 10_000 }),
  /** How long the head of a conversation may be idle before its job is looked for; it has it back within this and a sweep. */
  POSTHORN_HEAD_IDLE_MS: envDurationMs({ min: 100, max: 600_000, default: 45_000 }),
  /** How often lost renewals of tokens are looked for; a renewal that is planned comes by itself. */
  POSTHORN_TOKEN_SWEEP_MS: envDurationMs({ min: 100, max: 600_000, default: 5_000 }),
  POSTHORN_FOLLOW_MS: envDurationMs({ min: 100, max: 60_000, default: 1_000 }),
  /** Channels as a file says them; looked at with each sweep. */
  POSTHORN_CHANNELS_FILE: z.string().min(1).optional(),
  ...retryVariables,
  // A sweep of many channels ends between two of them, and a call for a token takes at most 10 s.
  POSTHORN_STOP_GRACE_MS: envDurationMs({ min: 1_000, max: 600_000, default: 12_000 }),
});
export type SchedulerConfig = z.output<typeof schedulerConfigSchema>;
