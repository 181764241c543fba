import { callbackAllowSchema } from '@posthorn/guarded-http';
import { envDurationMs, envInteger, envPort, envRedisUrl } from '@posthorn/runtime';
import { sealingVariables } from '@posthorn/sealing';
import { z } from 'zod';

/** The environment of the forwarder. */
export const forwarderConfigSchema = z.object({
  REDIS_URL: envRedisUrl().default('redis://127.0.0.1:6379'),
  ...sealingVariables,
  POSTHORN_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  POSTHORN_FORWARDER_HOST: z.string().min(1).default('0.0.0.0'),
  POSTHORN_FORWARDER_PORT: envPort(8087),
  /** How long a subscriber may take to answer. */
  POSTHORN_EVENT_TIMEOUT_MS: envDurationMs({ min: 100, max: 60_000, default: 20_000 }),
  /** By how many processes a subscription is served at least. */
  POSTHORN_QUEUE_PROCESSES: envInteger({ min: 1, max: 1_000, default: 2 }),
  /** How often it is looked for events that nobody was called for, and for subscribers that are behind. */
  POSTHORN_EVENT_SWEEP_MS: envDurationMs({ min: 100, max: 600_000, default: 10_000 }),
  /** Multiplies the schedule of attempts. Below 1 only to play days in seconds. */
  POSTHORN_DELAY_FACTOR: z.coerce.number().positive().max(10).default(1),
  /** What may be called although it is not public. */
  POSTHORN_CALLBACK_ALLOW: callbackAllowSchema,
  POSTHORN_LOCK_MS: envDurationMs({ min: 1_000, max: 600_000, default: 30_000 }),
  POSTHORN_STALLED_INTERVAL_MS: envDurationMs({ min: 500, max: 600_000, default: 30_000 }),
  POSTHORN_FOLLOW_MS: envDurationMs({ min: 100, max: 60_000, default: 1_000 }),
  // A delivery under way may take its 20 s; the rest is room.
  POSTHORN_STOP_GRACE_MS: envDurationMs({ min: 1_000, max: 600_000, default: 25_000 }),
});
export type ForwarderConfig = z.output<typeof forwarderConfigSchema>;
