import { problemContentType } from '@posthorn/runtime';
import { problemSchema } from './problem-schema.ts';

const whenByStatus = {
  400: 'The request cannot be read (invalid JSON, invalid Idempotency-Key).',
  401: 'No valid API key.',
  403: 'The role of the key does not include this; of a handshake: the proof is wrong or missing.',
  404: 'There is no such thing, or it is another tenant’s.',
  408: 'The request took too long to arrive.',
  409: 'The state of the channel or message does not allow it.',
  410: 'The time of this link is over.',
  413: 'The body is too large.',
  415: 'This content type is not taken here.',
  416: 'The file has no such part.',
  422: 'The request is not valid; `errors` says where.',
  502: 'The provider could not be reached, or did not give it.',
  507: 'The store for files is full.',
  429: 'Too many messages of this tenant, or too many wrong keys or signatures from this address; see Retry-After.',
  500: 'Something went wrong here.',
  503: 'Nothing can be stored right now, or the server is stopping; see Retry-After.',
} as const;

type Status = keyof typeof whenByStatus;

/** The problems a route may answer with, for the API description. Behind keys (401) those of roles and limits are added. */
export function problems(...statuses: readonly Status[]) {
  return openProblems(...statuses, ...(statuses.includes(401) ? ([403, 429] as const) : []));
}

/** Those of a route that needs no key. */
export function openProblems(...statuses: readonly Status[]) {
  return Object.fromEntries(
    [...new Set<Status>([...statuses, 500, 503])].map((status) => [
      status,
      { description: whenByStatus[status], content: { [problemContentType]: { schema: problemSchema } } },
    ]),
  );
}
