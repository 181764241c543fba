import type { FastifyInstance } from 'fastify';
import { findJsonFault } from './find-json-fault.ts';
import { invalidJson, ProblemError } from './problems.ts';

/** Reads JSON as Fastify does (names that would reach a prototype are refused), and says where it breaks. */
export function readJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    void parse(request, text, (error, value) => {
      const fault = error === null || text === '' ? null : findJsonFault(text);
      if (fault === null) done(error, value);
      else done(new ProblemError(invalidJson(faultWords(fault))));
    });
  });
}

function faultWords({ line, column, expected }: NonNullable<ReturnType<typeof findJsonFault>>): string {
  return `It breaks at line ${line}, column ${column}: expected ${expected}. Send one JSON value in UTF-8.`;
}
