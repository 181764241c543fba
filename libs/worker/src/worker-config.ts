import { callbackAllowSchema } from '@posthorn/guarded-http';
import { mediaVariables } from '@posthorn/media';
import { envDurationMs, envInteger, envPort, envRedisUrl } from '@posthorn/runtime';
import { sealingVariables } from '@posthorn/sealing';
import { z } from 'zod';
import { retryVariables } from './retry-variables.ts';

/** The environment of a worker app. */
export const workerConfigSchema = z.object({
  REDIS_URL: envRedisUrl().default('redis://127.0.0.1:6379'),
  ...sealingVariables,
  ...mediaVariables,
  /** Where the outside reaches ingress: links to files begin with it. */
  POSTHORN_PUBLIC_URL: z.url().optional(),
  POSTHORN_CALLBACK_ALLOW: callbackAllowSchema,
  POSTHORN_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  POSTHORN_WORKER_HOST: z.string().min(1).default('0.0.0.0'),
  POSTHORN_WORKER_PORT: envPort(8082),
  /** Sends under way at once, per channel and process. */
  POSTHORN_SEND_CONCURRENCY: envInteger({ min: 1, max: 5_000, default: 50 }),
  /** By how many processes a channel is served at least. */
  POSTHORN_QUEUE_PROCESSES: envInteger({ min: 1, max: 1_000, default: 2 }),
  /** Webhook calls under way at once, per process. */
  POSTHORN_WEBHOOK_CONCURRENCY: envInteger({ min: 1, max: 1_000, default: 20 }),
  /** How long webhook calls are kept after they were understood, to be looked at; 0: not at all. */
  POSTHORN_RAW_KEPT_MS: envDurationMs({ min: 0, max: 604_800_000, default: 0 }),
  /** How long a provider may take to answer. */
  POSTHORN_SEND_TIMEOUT_MS: envDurationMs({ min: 100, max: 120_000, default: 20_000 }),
  /** Without a sign of life for that long, a worker's jobs go to another. */
  POSTHORN_LOCK_MS: envDurationMs({ min: 1_000, max: 600_000, default: 30_000 }),
  POSTHORN_STALLED_INTERVAL_MS: envDurationMs({ min: 500, max: 600_000, default: 30_000 }),
  /** After Redis was restarted or another took over, nothing is sent for so long: workers write back what they know. */
  POSTHORN_QUARANTINE_MS: envDurationMs({ min: 0, max: 60_000, default: 5_000 }),
  /** The same permanent failure on so many different recipients in a row pauses the channel; 0: never. */
  POSTHORN_STORM_RECIPIENTS: envInteger({ min: 0, max: 10_000, default: 20 }),
  /** In a row means: within this time, and none that went well in between. */
  POSTHORN_STORM_WINDOW_MS: envDurationMs({ min: 1_000, max: 3_600_000, default: 60_000 }),
  /** How often channels are looked at. */
  POSTHORN_FOLLOW_MS: envDurationMs({ min: 100, max: 60_000, default: 1_000 }),
  // The longest send (20 s) and its record fit in, and a stop still ends before Docker's and Kubernetes' 30 s.
  POSTHORN_STOP_GRACE_MS: envDurationMs({ min: 1_000, max: 600_000, default: 25_000 }),
  ...retryVariables,
});
export type WorkerConfig = z.output<typeof workerConfigSchema>;
