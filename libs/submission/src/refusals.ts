import { createProblem, type Problem, type ProblemFault } from '@posthorn/runtime';

/** The request itself is wrong: each fault says where. */
export function invalidRequest(errors: readonly ProblemFault[]): Problem {
  return createProblem({
    code: 'invalid_request',
    title: 'The request is not valid',
    status: 422,
    detail: `${errors.length === 1 ? 'One fault was' : `${errors.length} faults were`} found; see errors.`,
    errors,
  });
}

/** The same for a channel that does not exist and for one of another tenant. */
export function channelNotFound(pointer: string): Problem {
  return createProblem({
    code: 'channel_not_found',
    title: 'There is no such channel',
    status: 404,
    errors: [{ pointer, detail: 'expected the id of one of your channels; GET /v1/channels lists them' }],
  });
}

/** The channel is being removed, or was. */
export function channelClosed(pointer: string): Problem {
  return createProblem({
    code: 'channel_closed',
    title: 'The channel takes no more messages',
    status: 409,
    errors: [{ pointer, detail: 'this channel is being removed; use another one' }],
  });
}

/** The provider has no such kind of message. */
export function contentUnsupported(title: string, types: Iterable<string>, pointer: string): Problem {
  return createProblem({
    code: 'content_unsupported',
    title: 'The provider does not support this content',
    status: 422,
    errors: [{ pointer, detail: `expected a type that ${title} supports: ${[...types].join(', ')}` }],
  });
}

/** Beyond a limit of the provider. */
export function contentRefused(title: string, errors: readonly ProblemFault[]): Problem {
  return createProblem({
    code: 'content_refused',
    title: 'The content is beyond what the provider takes',
    status: 422,
    detail: `${title} would refuse it; see errors.`,
    errors,
  });
}

/** The same Idempotency-Key came with another request before. */
export function keyReused(): Problem {
  return createProblem({
    code: 'idempotency_key_reused',
    title: 'The idempotency key was used for another request',
    status: 422,
    detail: 'Repeat the first request unchanged, or use a new key for this one.',
  });
}

/** Its time was over before it could be accepted. */
export function alreadyExpired(pointer: string): Problem {
  return createProblem({
    code: 'already_expired',
    title: 'The message has expired already',
    status: 422,
    errors: [{ pointer, detail: 'expected a time after now' }],
  });
}

/** Marketing to someone who wants none. */
export function optedOut(pointer: string): Problem {
  return createProblem({
    code: 'recipient_opted_out',
    title: 'The recipient wants no marketing',
    status: 422,
    detail:
      'Other messages to them are taken. They may ask for it again, or an operator ends it: see docs/opt-outs.md.',
    errors: [{ pointer, detail: 'expected a recipient who has not opted out of marketing on this channel' }],
  });
}

/** Free text outside the service window, where it was asked not to try. */
export function windowClosed(pointer: string): Problem {
  return createProblem({
    code: 'window_closed',
    title: 'The recipient has not written for 24 hours',
    status: 422,
    detail: 'Only templates are allowed then. Send one, or try all the same with window: try.',
    errors: [{ pointer, detail: 'expected a template' }],
  });
}

export const badIdempotencyKey = createProblem({
  code: 'invalid_idempotency_key',
  title: 'The idempotency key is not valid',
  status: 400,
  detail: 'Expected one Idempotency-Key of 1 to 255 visible ASCII characters, in double quotes or without.',
});

export function rateLimited(quota: number, seconds: number): Problem {
  return createProblem({
    code: 'rate_limited',
    title: 'This tenant has handed in too many messages',
    status: 429,
    detail: `Up to ${quota} messages in ${seconds} seconds are taken, a batch counting each of its own. Nothing of this request was accepted; repeat it as Retry-After says.`,
  });
}

export function batchOverLimit(quota: number): Problem {
  return createProblem({
    code: 'batch_over_limit',
    title: 'The batch has more messages than this tenant may hand in at once',
    status: 422,
    detail: `Expected at most ${quota} messages. Nothing was accepted; send smaller batches.`,
  });
}
