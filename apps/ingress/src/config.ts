import { callbackAllowSchema } from '@posthorn/guarded-http';
import { envAddressRanges, envDurationMs, envInteger, envPort, envRedisUrl, type LogOptions } from '@posthorn/runtime';
import { mediaVariables } from '@posthorn/media';
import { onboardingVariables } from '@posthorn/providers';
import { sealingVariables } from '@posthorn/sealing';
import { z } from 'zod';
import { defaultLimits } from './ingress-deps.ts';

const levels = [
  'trace',
  'debug',
  'info',
  'warn',
  'error',
  'fatal',
  'silent',
] as const satisfies readonly LogOptions['level'][];

/** Ingress' environment variables. */
export const ingressConfigSchema = z.object({
  REDIS_URL: envRedisUrl().default('redis://127.0.0.1:6379'),
  ...sealingVariables,
  ...mediaVariables,
  ...onboardingVariables,
  POSTHORN_INGRESS_PORT: envPort(8080),
  POSTHORN_INGRESS_HOST: z.string().default('0.0.0.0'),
  /** Where the outside reaches the API; told in its description. */
  POSTHORN_PUBLIC_URL: z.url().optional(),
  /** Proxies in front, whose X-Forwarded-* headers are believed. */
  POSTHORN_TRUST_PROXY: envAddressRanges(),
  /** What a provider’s address in a channel’s settings may reach although it is not public. */
  POSTHORN_CALLBACK_ALLOW: callbackAllowSchema,
  POSTHORN_WEBHOOK_BYTES_MAX: envInteger({ min: 1024, default: defaultLimits.webhookBytesMax }),
  /** How long a request may take to arrive in full. */
  POSTHORN_REQUEST_TIMEOUT_MS: envDurationMs({ min: 100, default: defaultLimits.requestTimeoutMs }),
  /** Where webhooks are kept while Redis takes none: on a volume that outlives the process. Without it they get 503 then. */
  POSTHORN_SPOOL_DIR: z.string().min(1).optional(),
  POSTHORN_SPOOL_BYTES_MAX: envInteger({ min: 1024 * 1024, default: 256 * 1024 * 1024 }),
  /** How often the channel registry is looked at. */
  POSTHORN_FOLLOW_MS: envDurationMs({ min: 50, default: 1000 }),
  /** The longest request may take 10 s to arrive and 2 s at Redis; the rest is room. */
  POSTHORN_STOP_GRACE_MS: envDurationMs({ min: 1000, default: 20_000 }),
  POSTHORN_LOG_LEVEL: z.enum(levels).default('info'),
});
export type IngressConfig = z.infer<typeof ingressConfigSchema>;
