import { envAddressRanges, envDurationMs, envPort, envRedisUrl } from '@posthorn/runtime';
import { sealingVariables } from '@posthorn/sealing';
import { z } from 'zod';
import { loginsSchema, passwordSchema, userSchema } from './logins.ts';

/** The environment of ops. */
export const opsConfigSchema = z.object({
  REDIS_URL: envRedisUrl().default('redis://127.0.0.1:6379'),
  ...sealingVariables,
  POSTHORN_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  POSTHORN_OPS_HOST: z.string().min(1).default('0.0.0.0'),
  POSTHORN_OPS_PORT: envPort(8081),
  /** The first operator; what is done carries this name. */
  POSTHORN_OPS_USER: userSchema.default('ops'),
  POSTHORN_OPS_PASSWORD: passwordSchema.optional(),
  /** More operators and viewers, as `name:role:password`. With nobody, Bull Board and every action are off. */
  POSTHORN_OPS_LOGINS: loginsSchema,
  /** Proxies in front, whose X-Forwarded-* headers are believed. */
  POSTHORN_TRUST_PROXY: envAddressRanges(),
  /** How often the channel registry is looked at. */
  POSTHORN_FOLLOW_MS: envDurationMs({ min: 50, max: 60_000, default: 1_000 }),
  // The longest thing under way is one page; Redis has 2 s for each of its commands.
  POSTHORN_STOP_GRACE_MS: envDurationMs({ min: 1_000, max: 600_000, default: 10_000 }),
});
export type OpsConfig = z.output<typeof opsConfigSchema>;
