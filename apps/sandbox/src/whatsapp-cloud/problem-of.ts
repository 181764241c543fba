import { z } from 'zod';
import type { GraphProblem } from './errors.ts';

const paramsSchema = z.object({
  code: z.union([z.literal(100), z.literal(131008), z.literal(131009)]),
  says: z.string(),
});

/**
 * What Meta would say about a body that does not fit: an unknown parameter is 100, a missing one 131008, a wrong
 * value 131009. Of several faults the unknown parameter is told first, then the missing one.
 */
export function problemOf(error: z.core.$ZodError, body: unknown): GraphProblem {
  const problems = error.issues.map((issue) => problemOfIssue(issue, body));
  const first = problems.toSorted((a, b) => rank(a) - rank(b))[0];
  return first ?? { code: 100 };
}

function problemOfIssue(issue: z.core.$ZodIssue, body: unknown): GraphProblem {
  const name = nameOf(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `"${key}"`).join(', ');
    const where = name === '' ? 'the request' : `param "${name}"`;
    return { code: 100, message: '(#100) Invalid parameter', details: `Unexpected key ${keys} on ${where}.` };
  }
  const params = issue.code === 'custom' ? paramsSchema.safeParse(issue.params) : undefined;
  if (params?.success === true) return { code: params.data.code, details: `Param ${name} ${params.data.says}` };
  if (at(body, issue.path) === undefined) return { code: 131008, details: `Parameter '${name}' is required.` };
  return { code: 131009, details: `Param ${name} is not valid: ${issue.message}.` };
}

/** Meta names places as `interactive['action']['buttons'][0]`. */
function nameOf(path: readonly PropertyKey[]): string {
  return path
    .map((key, depth) => (depth === 0 ? String(key) : typeof key === 'number' ? `[${key}]` : `['${String(key)}']`))
    .join('');
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Object.getOwnPropertyDescriptor(found, key)?.value;
  }
  return found;
}

function rank(problem: GraphProblem): number {
  if (problem.message !== undefined) return 0;
  return problem.code === 131008 ? 1 : 2;
}
