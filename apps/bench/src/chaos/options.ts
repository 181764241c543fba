import { parseArgs } from 'node:util';
import { z } from 'zod';
import { scenarios } from './scenarios.ts';

const positive = z.coerce.number().int().min(1);
const optionsSchema = z.object({
  /** Names of scenarios, or how they begin. */
  only: z.array(z.string()).default([]),
  messages: positive.optional(),
  seed: z.coerce.number().int().min(0).default(1),
  workers: positive.max(32).default(4),
  small: z.boolean().default(false),
  'self-test': z.boolean().default(false),
  json: z.boolean().default(false),
  help: z.boolean().default(false),
});
export type ChaosOptions = z.output<typeof optionsSchema>;

export const usage = `npm run chaos -- [options]

  --only <name>    this scenario, or all whose name begins so; may be repeated
  --messages <n>   instead of each scenario's own size
  --seed <n>       of the plan of faults (1)
  --workers <n>    worker processes (4)
  --small          the sizes of npm test
  --self-test      plants each scenario's defects, and shows that it catches them
  --json           one JSON document instead of text

Scenarios:
${scenarios.map(({ name, about, messages }) => `  ${name.padEnd(16)} ${about} (${messages.full})`).join('\n')}
`;

/** Reads the command line. Throws a message for people. */
export function readOptions(args: readonly string[]): ChaosOptions {
  const [flag, text] = [{ type: 'boolean' } as const, { type: 'string' } as const];
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { ...text, multiple: true },
      messages: text,
      seed: text,
      workers: text,
      small: flag,
      'self-test': flag,
      json: flag,
      help: { ...flag, short: 'h' },
    },
  });
  const parsed = optionsSchema.safeParse(values);
  if (!parsed.success)
    throw new Error(parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('\n'));
  for (const name of parsed.data.only)
    if (!scenarios.some((scenario) => scenario.name.startsWith(name)))
      throw new Error(`--only: expected the name of a scenario, or how some begin, got "${name}".`);
  return parsed.data;
}
