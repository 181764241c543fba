import { parseArgs } from 'node:util';
import { z } from 'zod';

const positive = z.coerce.number().int().min(1);

const optionsSchema = z.object({
  /** Messages of one measured run. */
  messages: positive.default(5_000),
  /** Runs of each subject, interleaved; the report shows medians. */
  rounds: positive.default(3),
  /** Connections of the load generator, each with one request at a time. */
  sockets: positive.default(64),
  /** Seconds of the runs at a fixed rate: latency, webhooks. */
  duration: positive.default(5),
  /** Messages a second of the latency runs. Default: half of what the slower of the two managed. */
  rate: positive.optional(),
  /** Status updates a second. Default: three times the measured outbound rate. */
  'webhook-rate': positive.optional(),
  'redis-url': z.url({ protocol: /^rediss?$/u }).optional(),
  /** The private Redis writes an append-only file, synced every second. */
  aof: z.boolean().default(false),
  json: z.boolean().default(false),
  help: z.boolean().default(false),
});
export type BenchOptions = z.output<typeof optionsSchema>;

export const usage = `npm run bench -- [options]

  --messages <n>       messages of one measured run (5000)
  --rounds <n>         runs of each subject, interleaved; medians are shown (3)
  --sockets <n>        connections of the load generator (64)
  --duration <s>       seconds of the runs at a fixed rate: latency, webhooks (5)
  --rate <n>           messages a second of the latency runs (half of what the slower subject managed)
  --webhook-rate <n>   status updates a second (three times the measured outbound rate)
  --redis-url <url>    an existing Redis, empty for preference (a private one)
  --aof                the private Redis writes an append-only file, synced every second
  --json               one JSON document instead of tables
`;

/** Reads the command line. Throws a message for people. */
export function readOptions(args: readonly string[]): BenchOptions {
  const flag = { type: 'boolean' } as const;
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      messages: text,
      rounds: text,
      sockets: text,
      duration: text,
      rate: text,
      'webhook-rate': text,
      'redis-url': text,
      aof: flag,
      json: flag,
      help: { ...flag, short: 'h' },
    },
  });
  const parsed = optionsSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('\n'));
}
