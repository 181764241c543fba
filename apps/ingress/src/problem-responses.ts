import { problemContentType } from '@posthorn/runtime';
import { problemSchema } from './schemas.ts';

const whenByStatus = {
  400: 'The request cannot be read (invalid JSON, invalid Idempotency-Key).',
  401: 'No valid API key.',
  403: 'The proof of the handshake is wrong or missing.',
  404: 'There is no such thing, or it is another tenant’s.',
  408: 'The request took too long to arrive.',
  409: 'The state of the channel or message does not allow it.',
  413: 'The body is too large.',
  415: 'The content type is not application/json.',
  422: 'The request is not valid; `errors` says where.',
  500: 'Something went wrong here.',
  503: 'Nothing can be stored right now, or the server is stopping; see Retry-After.',
} as const;

/** The problems a route may answer with, for the API description. */
export function problems(...statuses: readonly (keyof typeof whenByStatus)[]) {
  return Object.fromEntries(
    [...statuses, 500 as const, 503 as const].map((status) => [
      status,
      { description: whenByStatus[status], content: { [problemContentType]: { schema: problemSchema } } },
    ]),
  );
}
