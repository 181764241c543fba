import { z } from 'zod';

const naiveConfigSchema = z.object({
  REDIS_URL: z.string(),
  NAIVE_QUEUE: z.string(),
  /** Where to send to; empty: nowhere. */
  NAIVE_CALL: z.string().default(''),
  NAIVE_TOKEN: z.string().default(''),
  NAIVE_CONCURRENCY: z.coerce.number().default(50),
  /** Finished jobs kept. None, as posthorn: keeping them costs Redis a tenth more. */
  NAIVE_KEEP: z.coerce.number().default(0),
});

/** The environment of the naive app's processes. */
export function readNaiveConfig(env: NodeJS.ProcessEnv): z.output<typeof naiveConfigSchema> {
  return naiveConfigSchema.parse(env);
}
