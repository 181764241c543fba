import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { withoutPasswords } from './redis-address.ts';

const secretName = /SECRET|TOKEN|KEY|PASSWORD/iu;

/**
 * Reads a configuration from environment variables: the schema's keys are their names. A variable set to the empty string
 * counts as not set (compose files pass those). Throws `ConfigError` naming every fault at once.
 */
export function readConfig<Schema extends z.ZodType>(
  schema: Schema,
  env: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const present: Readonly<Record<string, string | undefined>> = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(present);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => toFault(schema, issue, present)));
}

function toFault(
  schema: z.ZodType,
  issue: z.core.$ZodIssue,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const name = String(issue.path[0] ?? '');
  if (name === '') return issue.message;
  const expected = expectation(issue.message);
  const came = env[name];
  if (came === undefined) return `${name}: ${expected}, but it is not set; set ${name}.`;
  // A Redis or proxy URL may carry a password in a variable whose name does not say so.
  const shown = secretName.test(name) ? 'a value that is not shown here' : JSON.stringify(withoutPasswords(came));
  const way = hasDefault(schema, name) ? `correct ${name}, or unset it for its default` : `correct ${name}`;
  return `${name}: ${expected}, got ${shown}; ${way}.`;
}

/** zod's own words ("Invalid input: expected string, received undefined") without their frame. */
function expectation(message: string): string {
  const expected = /expected (?<what>.+?)(?:, received [^,]*)?$/u.exec(message)?.groups?.['what'];
  return expected === undefined ? message : `expected ${expected}`;
}

function hasDefault(schema: z.ZodType, name: string): boolean {
  if (!(schema instanceof z.ZodObject)) return false;
  const field: unknown = schema.shape[name];
  return field instanceof z.ZodType && field.safeParse(undefined).success;
}
