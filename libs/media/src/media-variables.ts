import { envDurationMs, envInteger } from '@posthorn/runtime';
import { z } from 'zod';
import { bucketsSchema } from './buckets.ts';

/** The variables of the store, for the configuration of every app that has to do with files. */
export const mediaVariables = {
  /** The folder of files; every app must see the same one. */
  POSTHORN_MEDIA_DIR: z.string().min(1).default('.posthorn/media'),
  /** A bucket instead of the folder. */
  POSTHORN_MEDIA_S3_BUCKET: z.string().min(3).optional(),
  POSTHORN_MEDIA_S3_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9/_.-]*\/$/u, 'expected a prefix that ends with a slash, like posthorn/')
    .default('posthorn/'),
  POSTHORN_MEDIA_S3_REGION: z.string().min(1).default('us-east-1'),
  /** Of another service than Amazon's. */
  POSTHORN_MEDIA_S3_ENDPOINT: z.url({ protocol: /^https?$/u }).optional(),
  POSTHORN_MEDIA_S3_ACCESS_KEY_ID: z.string().min(1).optional(),
  POSTHORN_MEDIA_S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  /** Of all files together. */
  POSTHORN_MEDIA_BYTES_MAX: envInteger({ min: 0, default: 10 * 1024 ** 3 }),
  /** How long a file is kept: a message may wait 30 days, and its provider ask for the file a day later. */
  POSTHORN_MEDIA_RETENTION_MS: envDurationMs({ min: 60_000, default: 35 * 86_400_000 }),
  /** How long a link that a provider gets works. */
  POSTHORN_MEDIA_LINK_MS: envDurationMs({ min: 60_000, max: 7 * 86_400_000, default: 86_400_000 }),
  /** Buckets that messages may name. */
  POSTHORN_BUCKETS: bucketsSchema,
};

const variables = z.object(mediaVariables);
export type MediaConfig = z.output<typeof variables>;
