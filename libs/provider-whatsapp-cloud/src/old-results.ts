import type { FailureCode } from '@posthorn/outcome';

/** The names by which the older connector told how a call ended. */
export type OldResult =
  | 'OK'
  | 'MISSING_TOKEN'
  | 'MISSING_VERSION'
  | 'NOT_FOUND'
  | 'BAD_REQUEST'
  | 'AUTHENTICATION_FAILED'
  | 'OTHER_HTTP'
  | 'CLOSING';

/** Failures of messages, in the older connector's names: what it told by Meta's HTTP status, or before a call. */
export const oldResultByFailure = {
  // Meta answered 401 or 403, or its words said so.
  credentials_refused: 'AUTHENTICATION_FAILED',
  permission_missing: 'AUTHENTICATION_FAILED',
  token_unavailable: 'MISSING_TOKEN',
  // It answered 404.
  template_unknown: 'NOT_FOUND',
  reference_unknown: 'NOT_FOUND',
  channel_removed: 'NOT_FOUND',
  // It answered 400: the request, the recipient, the template, or the account did not allow it.
  request_invalid: 'BAD_REQUEST',
  rejected: 'BAD_REQUEST',
  content_too_long: 'BAD_REQUEST',
  content_unsupported: 'BAD_REQUEST',
  content_missing: 'BAD_REQUEST',
  media_missing: 'BAD_REQUEST',
  not_supported: 'BAD_REQUEST',
  media_refused: 'BAD_REQUEST',
  media_unavailable: 'BAD_REQUEST',
  policy_violation: 'BAD_REQUEST',
  template_mismatch: 'BAD_REQUEST',
  template_paused: 'BAD_REQUEST',
  template_not_ready: 'BAD_REQUEST',
  window_closed: 'BAD_REQUEST',
  delivery_declined: 'BAD_REQUEST',
  recipient_invalid: 'BAD_REQUEST',
  recipient_unreachable: 'BAD_REQUEST',
  recipient_not_allowed: 'BAD_REQUEST',
  recipient_opted_out: 'BAD_REQUEST',
  recipient_identity_changed: 'BAD_REQUEST',
  sender_not_ready: 'BAD_REQUEST',
  account_blocked: 'BAD_REQUEST',
  payment_required: 'BAD_REQUEST',
  // Anything else of HTTP: throttles, outages, lost answers. Most of them the older connector handed to its caller; here they are retried,
  // waited for or held, and told only where that ended without success.
  throttled: 'OTHER_HTTP',
  recipient_throttled: 'OTHER_HTTP',
  quality_limited: 'OTHER_HTTP',
  unreachable: 'OTHER_HTTP',
  no_answer: 'OTHER_HTTP',
  answer_unreadable: 'OTHER_HTTP',
  provider_failed: 'OTHER_HTTP',
  provider_unavailable: 'OTHER_HTTP',
  provider_maintenance: 'OTHER_HTTP',
  outcome_unknown: 'OTHER_HTTP',
  attempts_exhausted: 'OTHER_HTTP',
} as const satisfies Record<FailureCode, OldResult>;

/** Answers of the API that are no message's failure: the `code` of a problem. */
export const oldResultByProblem = {
  unauthenticated: 'AUTHENTICATION_FAILED',
  forbidden: 'AUTHENTICATION_FAILED',
  not_found: 'NOT_FOUND',
  channel_not_found: 'NOT_FOUND',
  invalid_request: 'BAD_REQUEST',
  content_unsupported: 'BAD_REQUEST',
  closing: 'CLOSING',
} as const satisfies Readonly<Record<string, OldResult>>;

/**
 * The older connector's name of a result: of a message that was accepted (`null`), of a failure, or of a problem the API answers.
 * MISSING_VERSION cannot happen: a channel without a version speaks the default one; a wrong one is refused when the channel is stored.
 */
export function oldResultOf(code: string | null): OldResult {
  if (code === null) return 'OK';
  const known: Readonly<Record<string, OldResult>> = { ...oldResultByProblem, ...oldResultByFailure };
  return Object.hasOwn(known, code) ? (known[code] ?? 'OTHER_HTTP') : 'OTHER_HTTP';
}
