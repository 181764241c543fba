import type { ProblemFault } from '@posthorn/runtime';
import type { z } from 'zod';

/** A body can be wrong in a hundred thousand places; nobody reads more than these. */
const faultsMax = 50;

/**
 * What zod found, for the one who wrote the request: where (a JSON Pointer, RFC 6901, under `root`) and what was expected.
 * No value of the request is repeated, except names of fields that are not known.
 */
export function toFaults(issues: readonly z.core.$ZodIssue[], root = ''): readonly ProblemFault[] {
  return issues
    .slice(0, faultsMax)
    .flatMap((issue) => describe(issue, root))
    .slice(0, faultsMax);
}

/** A JSON Pointer to `path` under `root`. */
export function toPointer(path: readonly PropertyKey[], root = ''): string {
  return root + path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function describe(issue: z.core.$ZodIssue, root: string): readonly ProblemFault[] {
  const pointer = toPointer(issue.path, root);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        pointer: toPointer([key], pointer),
        detail: 'this field is not known here; correct its name or remove it',
      }));
    case 'invalid_union':
      return [{ pointer, detail: 'options' in issue ? oneOf(issue.options) : 'expected a value of another form' }];
    case 'invalid_value':
      return [{ pointer, detail: oneOf(issue.values) }];
    case 'invalid_type':
      return [
        {
          pointer,
          detail: missing(issue.message)
            ? `expected ${aType(issue.expected)}, but it is not there; add it`
            : clean(issue.message),
        },
      ];
    case 'invalid_format':
      return [{ pointer, detail: detailByFormat.get(issue.format) ?? clean(issue.message) }];
    default:
      return [{ pointer, detail: clean(issue.message) }];
  }
}

const detailByFormat: ReadonlyMap<string, string> = new Map([
  ['datetime', 'expected a time with its zone, like 2026-11-24T16:00:00Z'],
  ['date', 'expected a date, like 2026-11-24'],
  ['url', 'expected an absolute URL, like https://example.com/file.pdf'],
]);

function oneOf(options: readonly unknown[] | undefined): string {
  const names = (options ?? []).map(String);
  return names.length === 1 ? `expected ${names.join('')}` : `expected one of ${names.join(', ')}`;
}

function missing(message: string): boolean {
  return message.endsWith('received undefined');
}

function aType(expected: string): string {
  return /^[aeio]/u.test(expected) ? `an ${expected}` : `a ${expected}`;
}

/** zod's words without their frame: "Too small: expected string to have >=1 characters". */
function clean(message: string): string {
  return message.replace(/^(?:Invalid input|Too small|Too big|Invalid [a-z]+): /u, '').replace(', received ', ', got ');
}
