/** Who must act so that it works again. */
export type Owner = 'caller' | 'recipient' | 'channel' | 'provider' | 'posthorn';

/**
 * What we do about a failure:
 * - `retry` tries again with backoff, and spends an attempt;
 * - `wait` tries again after the provider's or the rule's delay, and spends none: the provider asked us to slow down;
 * - `pause` pauses the channel until someone acts, and keeps the message: trying would only fail again;
 * - `hold` keeps the message until evidence says whether it went out: it may be out;
 * - `stop` ends the message as a dead letter.
 */
export type Then = 'retry' | 'wait' | 'pause' | 'hold' | 'stop';

interface Rule {
  readonly owner: Owner;
  readonly then: Then;
  readonly says: string;
}

/** Every way a send can fail, who must act, what we do next, and what the customer reads. */
export const failureRules = {
  // The provider did not take it, and may take it later.
  unreachable: { owner: 'provider', then: 'retry', says: 'The provider could not be reached.' },
  provider_unavailable: { owner: 'provider', then: 'retry', says: 'The provider is out of order for the moment.' },
  provider_maintenance: {
    owner: 'provider',
    then: 'wait',
    says: 'The provider works on this number or account; it goes on by itself.',
  },
  throttled: { owner: 'provider', then: 'wait', says: 'The provider asked us to slow down.' },
  recipient_throttled: {
    owner: 'provider',
    then: 'wait',
    says: 'Too many messages to this recipient in a short time.',
  },
  quality_limited: {
    owner: 'channel',
    then: 'wait',
    says: 'The provider limits this number because recipients complained.',
  },
  token_unavailable: {
    owner: 'provider',
    then: 'wait',
    says: 'The provider gives out no access token for the moment.',
  },
  media_unavailable: { owner: 'caller', then: 'retry', says: 'The provider could not fetch the file.' },
  template_not_ready: { owner: 'provider', then: 'wait', says: 'The provider is still processing this template.' },
  // It may be out.
  no_answer: { owner: 'provider', then: 'hold', says: 'No answer came; the message may have gone out.' },
  answer_unreadable: {
    owner: 'provider',
    then: 'hold',
    says: 'The provider answered in a form we cannot read; the message may have gone out.',
  },
  provider_failed: {
    owner: 'provider',
    then: 'hold',
    says: 'The provider failed while it took the message; it may have gone out.',
  },
  // The channel cannot send until someone acts.
  credentials_refused: {
    owner: 'channel',
    then: 'pause',
    says: 'The provider refused the access token. Store a new one.',
  },
  permission_missing: {
    owner: 'channel',
    then: 'pause',
    says: 'The access token lacks a permission for this number or account.',
  },
  account_blocked: { owner: 'channel', then: 'pause', says: 'The provider blocked or locked this account.' },
  payment_required: { owner: 'channel', then: 'pause', says: 'The provider asks for a valid way to pay.' },
  sender_not_ready: {
    owner: 'channel',
    then: 'pause',
    says: 'The number is not registered or not approved at the provider.',
  },
  // The message will never work like this.
  request_invalid: { owner: 'caller', then: 'stop', says: 'The provider refused the content of the message.' },
  content_unsupported: { owner: 'caller', then: 'stop', says: 'This kind of message is not supported here.' },
  content_too_long: { owner: 'caller', then: 'stop', says: 'The message is too long.' },
  media_missing: {
    owner: 'caller',
    then: 'stop',
    says: 'The file that the message names is no longer in the store.',
  },
  media_refused: { owner: 'caller', then: 'stop', says: 'The file is of a kind or size that the provider refuses.' },
  reference_unknown: {
    owner: 'caller',
    then: 'stop',
    says: 'The message referred to (quoted, or reacted to) is not known at the provider.',
  },
  template_unknown: {
    owner: 'caller',
    then: 'stop',
    says: 'The template does not exist in that language, or is not approved.',
  },
  template_mismatch: { owner: 'caller', then: 'stop', says: 'The parameters do not fit the template.' },
  template_paused: { owner: 'caller', then: 'stop', says: 'The provider paused or disabled this template.' },
  window_closed: {
    owner: 'caller',
    then: 'stop',
    says: 'The recipient has not written for 24 hours: only templates are allowed.',
  },
  recipient_invalid: { owner: 'caller', then: 'stop', says: 'This recipient cannot be written to in this way.' },
  recipient_unreachable: {
    owner: 'recipient',
    then: 'stop',
    says: 'The message cannot be delivered: the recipient is not on WhatsApp or cannot receive it.',
  },
  recipient_not_allowed: { owner: 'channel', then: 'stop', says: 'This number may not write to this recipient.' },
  recipient_opted_out: { owner: 'recipient', then: 'stop', says: 'The recipient asked not to be written to.' },
  recipient_identity_changed: {
    owner: 'caller',
    then: 'stop',
    says: 'The recipient may have changed; confirm who they are.',
  },
  delivery_declined: { owner: 'provider', then: 'stop', says: 'The provider chose not to deliver this message.' },
  policy_violation: { owner: 'caller', then: 'stop', says: 'The provider refused the message for policy reasons.' },
  not_supported: {
    owner: 'posthorn',
    then: 'stop',
    says: 'The provider answered about something posthorn does not use.',
  },
  rejected: {
    owner: 'provider',
    then: 'stop',
    says: 'The provider refused the message for a reason it does not explain.',
  },
  // Ends of our own.
  attempts_exhausted: {
    owner: 'provider',
    then: 'stop',
    says: 'It failed as often as it may; nothing more is tried by itself.',
  },
  outcome_unknown: {
    owner: 'provider',
    then: 'stop',
    says: 'Nobody could say whether it went out, and it is not sent again by itself.',
  },
  channel_removed: {
    owner: 'channel',
    then: 'stop',
    says: 'The channel was removed before the message was sent.',
  },
  content_missing: {
    owner: 'posthorn',
    then: 'stop',
    says: 'The content of the message is no longer stored, or its key is missing.',
  },
} as const satisfies Record<string, Rule>;

/** What happened, never a status number. Each code has a page in `docs/errors`. */
export type FailureCode = keyof typeof failureRules;

/** All codes, for schemas and checks. */
export function failureCodes(): readonly FailureCode[] {
  return Object.keys(failureRules).filter((code): code is FailureCode => code in failureRules);
}
