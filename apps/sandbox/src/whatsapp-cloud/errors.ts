/**
 * Meta's error codes as its page documents them: HTTP status and title. Only what this sandbox may be
 * asked to say; a fault rule may name any other code and gets 400.
 */
const known: ReadonlyMap<number, readonly [status: number, title: string, details?: string]> = new Map([
  [0, [401, 'AuthException', 'We were unable to authenticate the app user.']],
  [1, [400, 'API Unknown', 'Invalid request or possible server error.']],
  [2, [503, 'API Service', 'Temporary due to downtime or due to being overloaded.']],
  [3, [500, 'API Method', 'Capability or permissions issue.']],
  [4, [400, 'Application request limit reached']],
  [10, [403, 'Application does not have permission for this action']],
  [17, [400, 'User request limit reached']],
  [32, [400, 'Page request limit reached']],
  [33, [400, 'Parameter value is not valid', 'The business phone number has been deleted.']],
  [100, [400, 'Invalid parameter']],
  [102, [401, 'Session key invalid or no longer valid']],
  [190, [401, 'Access token has expired']],
  [200, [403, 'Permissions error']],
  [341, [400, 'Feed action request limit reached']],
  [368, [403, 'Temporarily blocked for policies violations']],
  [613, [400, 'Calls to this api have exceeded the rate limit']],
  [2500, [400, 'Unknown path components']],
  [80007, [400, 'Rate limit issues']],
  [80008, [400, 'There have been too many calls to this WhatsApp Business account']],
  [130429, [400, 'Rate limit hit', 'Cloud API message throughput has been reached.']],
  [130472, [400, "User's number is part of an experiment"]],
  [130497, [403, 'Business account is restricted from messaging users in this country']],
  [131000, [500, 'Something went wrong', 'Message failed to send due to an unknown error.']],
  [131005, [403, 'Access denied']],
  [131008, [400, 'Required parameter is missing']],
  [131009, [400, 'Parameter value is not valid']],
  [131016, [500, 'Service unavailable']],
  [131021, [400, 'Recipient cannot be sender']],
  [131026, [400, 'Message undeliverable', 'Message Undeliverable.']],
  [
    131030,
    [
      400,
      'Recipient phone number not in allowed list',
      'Recipient phone number not in allowed list: Add recipient phone number to recipient list and try again.',
    ],
  ],
  [131031, [403, 'Business Account locked']],
  [131037, [400, 'Display name of the number is not approved']],
  [131042, [400, 'Business eligibility payment issue']],
  [131045, [500, 'Phone number registration error']],
  [
    131047,
    [
      400,
      'Re-engagement message',
      'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
    ],
  ],
  [131048, [400, 'Spam rate limit hit']],
  [131049, [400, 'This message was not delivered to maintain healthy ecosystem engagement.']],
  [131050, [400, 'User has stopped marketing messages from your business']],
  [131051, [400, 'Unsupported message type', 'Message type is not currently supported']],
  [131052, [400, 'Media download error', 'Unable to download the media of the message.']],
  [131053, [400, 'Media upload error', 'Unable to upload the media used in the message.']],
  [
    131056,
    [
      400,
      '(Business Account, Consumer Account) pair rate limit hit',
      'Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.',
    ],
  ],
  [131057, [500, 'Account in maintenance mode']],
  [131062, [400, 'BSUID recipient is not supported here']],
  [132000, [400, 'Number of parameters does not match the expected number of params']],
  [132001, [404, 'Template name does not exist in the translation']],
  [132005, [400, 'Translated text too long']],
  [132007, [400, 'Template format character policy violated']],
  [132012, [400, 'Parameter format does not match format in the created template']],
  [132015, [400, 'Template is paused']],
  [132016, [400, 'Template is disabled']],
  [132068, [400, 'Flow is blocked']],
  [132069, [400, 'Flow is throttled']],
  [133004, [503, 'Server temporarily unavailable']],
  [133010, [400, 'Phone number not registered']],
  [131055, [400, 'Only marketing templates are supported on this endpoint']],
  [133005, [400, 'Two step verification PIN mismatch']],
  [133016, [400, 'Account register deregister rate limit exceeded']],
  [134100, [400, 'Only marketing messages are supported on this endpoint']],
  [134101, [400, 'Template is still syncing']],
  [134102, [500, 'Template is unavailable for use']],
  [137000, [400, 'Recipient identity key hash mismatch']],
]);

/** Codes that mean "too fast": counted as throttled. */
export const throttleCodes: ReadonlySet<number> = new Set([4, 17, 32, 341, 613, 80007, 80008, 130429, 131048, 131056]);

export type GraphProblem = {
  readonly code: number;
  readonly status?: number | undefined;
  readonly subcode?: number | undefined;
  readonly message?: string | undefined;
  readonly details?: string | undefined;
  readonly isTransient?: boolean | undefined;
  readonly type?: 'OAuthException' | 'GraphMethodException';
};

export type GraphAnswer = {
  readonly status: number;
  readonly body: { readonly error: Readonly<Record<string, unknown>> };
};

/** An answer in Meta's error shape; status, words and details come from the code where the problem does not say. */
export function graphAnswer(problem: GraphProblem, traceId: string): GraphAnswer {
  const { code, subcode, isTransient } = problem;
  const [status, title, usual] = known.get(code) ?? [400, 'Unknown error'];
  const details = problem.details ?? usual;
  return {
    status: problem.status ?? status,
    body: {
      error: {
        message: problem.message ?? `(#${code}) ${title}`,
        type: problem.type ?? 'OAuthException',
        code,
        ...(subcode === undefined ? {} : { error_subcode: subcode }),
        ...(isTransient === undefined ? {} : { is_transient: isTransient }),
        ...(details === undefined ? {} : { error_data: { messaging_product: 'whatsapp', details } }),
        fbtrace_id: traceId,
      },
    },
  };
}

/** The same error as it stands in a webhook. */
export function webhookError(code: number, details?: string): Readonly<Record<string, unknown>> {
  const [, title, usual] = known.get(code) ?? [400, 'Unknown error'];
  return {
    code,
    title,
    message: title,
    error_data: { details: details ?? usual ?? `${title}.` },
    href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
  };
}
