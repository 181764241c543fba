import type { Problem } from '@posthorn/runtime';
import { createProblem } from '@posthorn/runtime';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { notFound } from './problems.ts';

/**
 * What a failed check of a path or query means; null for any other error. An id that cannot be one is not found, like any
 * other that is not there. A query has no body to point into, so its faults are told in words.
 */
export function readQueryFaults(error: unknown): Problem | null {
  if (!hasZodFastifySchemaValidationErrors(error)) return null;
  if (error.validationContext === 'params') return notFound;
  if (error.validationContext === 'body') {
    const faults = error.validation.map(({ instancePath, message }) => ({
      pointer: instancePath,
      detail: message ?? '',
    }));
    return createProblem({
      code: 'invalid_request',
      title: 'The request is not valid',
      status: 422,
      detail: `${faults.length === 1 ? 'One fault was' : `${faults.length} faults were`} found; see errors.`,
      errors: faults,
    });
  }
  const faults = error.validation.map(({ instancePath, message }) => {
    const name = instancePath.split('/', 2)[1] ?? '';
    return name === '' ? (message ?? '') : `${name}: ${message ?? 'expected another value'}`;
  });
  return createProblem({
    code: 'invalid_query',
    title: 'The query is not valid',
    status: 422,
    detail: faults.join('; '),
  });
}
