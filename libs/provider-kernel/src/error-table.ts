import type { FailureCode, Scope } from '@posthorn/outcome';

/** What one code means for us. */
export interface ErrorRule {
  readonly code: FailureCode;
  readonly scope?: Scope;
  readonly delayMs?: number;
  readonly growth?: number;
  /** 1: final, whatever the failure code's rule says. */
  readonly attemptsMax?: number;
  /** The message may be out although the answer is an error: a repeat is a possible duplicate. */
  readonly mayBeOut?: true;
}

interface ErrorRow extends ErrorRule {
  readonly of: readonly number[];
  /** The meaning of each code, in the words of its documentation: for people, where the answer has none. */
  readonly says: string;
}

const second = 1_000;

/**
 * The two tables of the bridge that posthorn replaces. They belong to the owner of the platform, and are complete: whatever is not
 * marked recoverable there ends the message. The same number means different things in the two, so they are two.
 *
 * `responseCode`: an error of the WhatsApp API. The first six codes are the recoverable ones; the meaning of the others is that of
 * Meta's On-Premises API, whose numbers Kernel passes on. Who waits, and how long, is posthorn's choice.
 */
const responseCodes: readonly ErrorRow[] = [
  // Recoverable.
  {
    of: [429],
    code: 'throttled',
    scope: 'channel',
    delayMs: 5 * second,
    growth: 2,
    says: 'frequency limit was reached',
  },
  {
    of: [500],
    code: 'provider_unavailable',
    scope: 'message',
    delayMs: 5 * second,
    mayBeOut: true,
    says: 'message failed because of an unknown error',
  },
  {
    of: [1015],
    code: 'throttled',
    scope: 'channel',
    delayMs: 10 * second,
    growth: 2,
    says: 'customer frequency limit reached',
  },
  { of: [1016], code: 'throttled', scope: 'channel', delayMs: 60 * second, growth: 2, says: 'system overloaded' },
  { of: [1017], code: 'provider_unavailable', scope: 'message', delayMs: 2 * second, says: 'not the main master node' },
  { of: [1018], code: 'provider_unavailable', scope: 'message', delayMs: 5 * second, says: 'not a primary main app' },

  // Final. `attemptsMax: 1` where the failure code by itself would be tried again.
  { of: [400], code: 'media_unavailable', attemptsMax: 1, says: 'media download error' },
  { of: [402], code: 'rejected', says: 'payment problem of the business account' },
  { of: [408], code: 'rejected', says: 'message not valid: pending for more than a day' },
  { of: [410], code: 'recipient_unreachable', says: 'message expired' },
  { of: [430, 432, 433], code: 'rejected', says: 'business certificate unsigned, mismatched or invalid' },
  { of: [470], code: 'window_closed', says: 'outside the 24 hour window: use a template' },
  { of: [471], code: 'delivery_declined', says: 'spam rate limit of the number' },
  { of: [472], code: 'delivery_declined', says: 'recipient is part of an experiment' },
  { of: [1000], code: 'rejected', says: 'generic error' },
  { of: [1001], code: 'content_too_long', says: 'message longer than 4096 characters' },
  { of: [1002], code: 'recipient_invalid', says: 'recipient type not valid' },
  { of: [1003, 1012], code: 'not_supported', says: 'group error' },
  { of: [1004], code: 'not_supported', says: 'media resource already exists' },
  { of: [1005], code: 'rejected', says: 'access denied: credentials, or an expired client' },
  { of: [1006], code: 'media_unavailable', attemptsMax: 1, says: 'resource or file not found' },
  { of: [1007], code: 'recipient_not_allowed', says: 'recipient not on the allow list' },
  { of: [1008], code: 'request_invalid', says: 'required parameter missing' },
  { of: [1009], code: 'request_invalid', says: 'parameter value not valid' },
  { of: [1010], code: 'request_invalid', says: 'parameter not required' },
  { of: [1011], code: 'provider_unavailable', attemptsMax: 1, says: 'service not ready' },
  { of: [1013], code: 'recipient_unreachable', says: 'user not valid: not on WhatsApp' },
  { of: [1014], code: 'rejected', says: 'internal error, upload failed' },
  { of: [1021], code: 'recipient_invalid', says: 'bad user' },
  { of: [1022], code: 'rejected', says: 'webhook address not set' },
  { of: [1023], code: 'rejected', says: 'database error' },
  { of: [1024], code: 'rejected', says: 'password change required' },
  { of: [1025], code: 'request_invalid', says: 'request not valid' },
  { of: [1026], code: 'recipient_unreachable', says: 'receiver incapable of this message' },
  { of: [1031], code: 'rejected', says: 'sender account locked' },
  { of: [2000], code: 'template_mismatch', says: 'number of template parameters' },
  { of: [2001], code: 'template_unknown', says: 'template missing' },
  { of: [2002], code: 'template_unknown', says: 'template download failed' },
  { of: [2003], code: 'template_unknown', says: 'no such translation or name' },
];

/** Few tries where the table repeats what hardly ever mends itself. */
const doubtfulAttemptsMax = 5;

/**
 * `status`: an error of Kernel's API, by the HTTP status. After 408, 500, 502 and 504 the message may be out; the table repeats it all
 * the same, so the repeat is labelled. 401 is not in the table: it is the channel's token, and no fault of the message.
 */
const statuses: readonly ErrorRow[] = [
  {
    of: [404, 409, 413],
    code: 'provider_unavailable',
    scope: 'message',
    delayMs: 30 * second,
    attemptsMax: doubtfulAttemptsMax,
    says: 'Not Found, Conflict or Request Too Long: repeated, because the platform says so',
  },
  {
    of: [408, 500, 502, 504],
    code: 'provider_unavailable',
    scope: 'message',
    delayMs: 5 * second,
    mayBeOut: true,
    says: 'Request Timeout, Internal Server Error, Bad Gateway or Gateway Timeout',
  },
  { of: [503], code: 'provider_unavailable', scope: 'channel', delayMs: 15 * second, says: 'Service Unavailable' },
  { of: [401], code: 'credentials_refused', scope: 'channel', says: 'Unauthorized: the access token' },
];

/** Both tables. */
export const errorTable = { responseCodes, statuses } as const;

const ruleByResponseCode = byCode(responseCodes);
const ruleByStatus = byCode(statuses);

/** A rule, and what its code means. */
export interface KnownRule {
  readonly rule: ErrorRule;
  readonly says: string;
}

/** The rule of a `responseCode`, or null where the table has none. */
export function responseRuleOf(code: number): KnownRule | null {
  return ruleByResponseCode.get(code) ?? null;
}

/** The rule of an HTTP status, or null where the table has none. */
export function statusRuleOf(status: number): KnownRule | null {
  return ruleByStatus.get(status) ?? null;
}

function byCode(rows: readonly ErrorRow[]): ReadonlyMap<number, KnownRule> {
  return new Map(rows.flatMap(({ of, says, ...rule }) => of.map((code) => [code, { rule, says }] as const)));
}
