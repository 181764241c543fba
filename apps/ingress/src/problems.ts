import type { Role } from '@posthorn/access';
import { createProblem, type Problem } from '@posthorn/runtime';
import { internalError, storageProblem } from '@posthorn/submission';

export const unauthenticated = createProblem({
  code: 'unauthenticated',
  title: 'An API key is needed',
  status: 401,
  detail: 'Send a valid key: Authorization: Bearer phk_…; "posthorn keys create" makes one.',
});

/** `needed` is what the route takes. */
export function forbidden(needed: readonly Role[], role: Role): Problem {
  return createProblem({
    code: 'forbidden',
    title: 'This key may not do that',
    status: 403,
    detail: `Expected a key of the role ${needed.join(' or ')}, or one that includes it, got one of the role ${role}. "posthorn keys create --role ${needed[0] ?? 'admin'}" makes one.`,
  });
}

export const tooManyFailures = createProblem({
  code: 'too_many_failures',
  title: 'Too many wrong keys came from this address',
  status: 429,
  detail: 'Send a valid key, which is always let in; other requests wait as Retry-After says.',
});

/** One for all: a message that does not exist, and one of another tenant. */
export const notFound = createProblem({
  code: 'not_found',
  title: 'There is nothing here',
  status: 404,
  detail: 'Expected the id of something of yours, as it was answered before, under a path that /docs describes.',
});

export const closing = createProblem({
  code: 'closing',
  title: 'This server is stopping',
  status: 503,
  detail: 'Send the request again; another server answers it.',
});

/** A problem on its way to the caller, where an answer cannot be given on the spot. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

export const requestTimeout = createProblem({
  code: 'request_timeout',
  title: 'The request took too long to arrive',
  status: 408,
  detail: 'Send headers and body without a pause.',
});

const badRequest = createProblem({ code: 'bad_request', title: 'The request cannot be read', status: 400 });

/** JSON that breaks nowhere, and yet is not taken. */
const forbiddenName = invalidJson('Expected no name in it like __proto__ or constructor; rename it.');

const problemByFastifyCode: ReadonlyMap<string, Problem> = new Map([
  ['FST_ERR_CTP_INVALID_JSON_BODY', forbiddenName],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', invalidJson('Expected a JSON object, got an empty body.')],
  [
    'FST_ERR_CTP_INVALID_MEDIA_TYPE',
    createProblem({
      code: 'unsupported_media_type',
      title: 'This content type is not taken',
      status: 415,
      detail: 'Send Content-Type: application/json.',
    }),
  ],
  [
    'FST_ERR_CTP_BODY_TOO_LARGE',
    createProblem({
      code: 'too_large',
      title: 'The body is too large',
      status: 413,
      detail: 'See the limits in the API description.',
    }),
  ],
  ['FST_ERR_NOT_FOUND', notFound],
  [
    'FILE_ALTERED',
    createProblem({
      code: 'file_altered',
      title: 'The file is not the one that its provider announced',
      status: 502,
      detail: 'Its SHA-256 differs: it was altered or cut short on its way. Repeat the request.',
    }),
  ],
]);

/** The problem behind whatever was thrown. Its text holds nothing of the request. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const ofStorage = storageProblem(error);
  if (ofStorage !== null) return ofStorage;
  if (!(error instanceof Error)) return internalError;
  const known = 'code' in error && typeof error.code === 'string' ? problemByFastifyCode.get(error.code) : undefined;
  if (known !== undefined) return known;
  // Fastify's own parser and router mark what the caller did wrong with a 4xx.
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (error.name === 'SyntaxError' && status === 400) return forbiddenName;
  return status >= 400 && status < 500 ? { ...badRequest, status } : internalError;
}

/** `detail` says where, and nothing of what stood there. */
export function invalidJson(detail: string): Problem {
  return createProblem({ code: 'invalid_json', title: 'The body is not valid JSON', status: 400, detail });
}
