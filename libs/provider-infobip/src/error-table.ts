import type { FailureCode, Scope } from '@posthorn/outcome';

/** What one code of Infobip's means for us. */
export interface ErrorRule {
  readonly code: FailureCode;
  readonly scope?: Scope;
  readonly delayMs?: number;
  readonly growth?: number;
  readonly attemptsMax?: number;
  /** It does not prove that nothing went out. */
  readonly mayBeOut?: true;
}

/**
 * Infobip has three spaces of codes, whose numbers overlap: `status` ids (an answer's or a report's `status`), `error` ids (a
 * report's `error`, which tells the cause where it is not 0), and the words of a `request` that it did not take.
 */
export type CodeSpace = 'status' | 'error' | 'request';

export interface ErrorRow extends ErrorRule {
  readonly space: CodeSpace;
  readonly of: readonly (number | string)[];
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** Of a status: REJECTED_DUPLICATE_MESSAGE_ID. */
export const duplicateId = 23;

const status = (of: readonly number[], rule: ErrorRule): ErrorRow => ({ space: 'status', of, ...rule });
const error = (of: readonly number[], rule: ErrorRule): ErrorRow => ({ space: 'error', of, ...rule });
const request = (of: readonly string[], rule: ErrorRule): ErrorRow => ({ space: 'request', of, ...rule });

/**
 * Infobip's codes. Sources: www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes and its registry of
 * errors, read 2026-07. Delays are ours where Infobip names none. A code that stops a message keeps its scope as a remark for
 * people; nothing waits for it.
 */
export const errorTable: readonly ErrorRow[] = [
  // The request was not taken.
  request(['BAD_REQUEST', 'E400'], { code: 'request_invalid' }),
  request(['UNAUTHORIZED', 'E401'], { code: 'credentials_refused', scope: 'account' }),
  request(['FORBIDDEN', 'E403'], { code: 'permission_missing', scope: 'account' }),
  request(['NOT_FOUND', 'E404'], { code: 'rejected' }),
  request(['TOO_MANY_REQUESTS', 'E429'], { code: 'throttled', scope: 'account', delayMs: second, growth: 2 }),
  // The repeat carries the same id, so that a message taken all the same stays one.
  request(['GENERAL_ERROR', 'E500'], {
    code: 'provider_unavailable',
    scope: 'message',
    delayMs: 5 * second,
    mayBeOut: true,
  }),

  // The request was taken, the message was not (or a report says so later).
  status([8, 51, 52], { code: 'recipient_invalid', scope: 'recipient' }),
  status([4, 6, 9, 15, 31], { code: 'recipient_unreachable', scope: 'recipient' }),
  // No report came within its time: it may have arrived.
  status([29], { code: 'recipient_unreachable', scope: 'recipient', mayBeOut: true }),
  status([10], { code: 'recipient_opted_out', scope: 'recipient' }),
  // A block list, or a trial account that may write to its own number only.
  status([14, 18], { code: 'recipient_not_allowed', scope: 'recipient' }),
  status([87], { code: 'delivery_declined', scope: 'recipient' }),
  status([11], { code: 'sender_not_ready', scope: 'channel' }),
  status([13], { code: 'account_blocked', scope: 'channel' }),
  status([12, 17], { code: 'payment_required', scope: 'account' }),
  status([19], { code: 'sender_not_ready', scope: 'account' }),
  // 20 different or 6 equal messages an hour to one number.
  status([20], { code: 'recipient_throttled', scope: 'recipient', delayMs: hour }),
  status([21], { code: 'provider_unavailable', scope: 'message', delayMs: 15 * second }),
  // Malformed, or the platform is out of order for a moment: once more tells which.
  status([100], { code: 'provider_unavailable', scope: 'message', delayMs: 30 * second, attemptsMax: 2 }),
  // As an answer it means that an earlier call was taken: see toOutcome.
  status([duplicateId], { code: 'rejected' }),
  status([24], { code: 'request_invalid' }),
  status([25], { code: 'content_too_long' }),
  status([99], { code: 'rejected' }),
  // Voice.
  status([96, 97, 98], { code: 'not_supported' }),

  // WhatsApp's errors. Credentials, permissions, accounts.
  error([7004], { code: 'credentials_refused', scope: 'channel' }),
  error([7005], { code: 'permission_missing', scope: 'channel' }),
  error([7011], { code: 'account_blocked', scope: 'account' }),
  error([7019], { code: 'payment_required', scope: 'account' }),
  error([7034, 7081], { code: 'sender_not_ready', scope: 'channel' }),
  error([7083], { code: 'sender_not_ready', scope: 'account' }),
  error([7038], { code: 'content_unsupported', scope: 'account' }),
  error([7001], { code: 'request_invalid', scope: 'channel' }),
  error([7021], { code: 'policy_violation', scope: 'channel' }),
  error([7084], { code: 'rejected', scope: 'channel' }),
  // Slow down, or later.
  error([7016], { code: 'quality_limited', scope: 'channel', delayMs: hour }),
  error([7017], { code: 'throttled', scope: 'channel', delayMs: 5 * second }),
  // Not at this hour, in that country.
  error([7024], { code: 'throttled', scope: 'message', delayMs: 15 * minute }),
  error([7036], { code: 'template_not_ready', scope: 'message', delayMs: 10 * minute }),
  // Out of order for a while.
  error([7012], { code: 'provider_unavailable', scope: 'channel', delayMs: 5 * minute }),
  error([7050], { code: 'provider_unavailable', scope: 'message', delayMs: 15 * second }),
  error([7051], { code: 'provider_unavailable', scope: 'message', delayMs: 15 * second, mayBeOut: true }),
  // The file: our address failed, or WhatsApp's.
  error([7013, 7014], { code: 'media_unavailable', scope: 'message', delayMs: 30 * second }),
  error([7015, 7022], { code: 'media_refused' }),
  // The recipient.
  error([7002, 7020, 7025, 7201], { code: 'recipient_unreachable', scope: 'recipient' }),
  error([7003], { code: 'recipient_not_allowed', scope: 'recipient' }),
  error([7030, 7033], { code: 'recipient_opted_out', scope: 'recipient' }),
  error([7032], { code: 'delivery_declined', scope: 'recipient' }),
  error([7029], { code: 'recipient_identity_changed', scope: 'recipient' }),
  error([7035], { code: 'rejected', scope: 'recipient' }),
  // The message.
  error([7006, 7023, 7031, 7281], { code: 'request_invalid' }),
  error([7007, 7027], { code: 'policy_violation' }),
  error([7008], { code: 'template_mismatch' }),
  error([7009, 7037], { code: 'template_unknown' }),
  error([7010], { code: 'window_closed' }),
  error([7026], { code: 'content_unsupported' }),
  // Named temporary, and flagged permanent (7082); Infobip's own faults that it does not want repeated.
  error([7018, 7052, 7080, 7082, 7102, 7280], { code: 'rejected' }),

  // Errors of all channels.
  error([1], { code: 'recipient_unreachable', scope: 'recipient' }),
  error([2052], { code: 'recipient_not_allowed', scope: 'recipient' }),
  error([2053], { code: 'account_blocked', scope: 'channel' }),
  error([4099], { code: 'payment_required', scope: 'account' }),
  error([4100, 5492], { code: 'rejected' }),
  error([4101], { code: 'recipient_unreachable', scope: 'recipient' }),
  error([4103], { code: 'delivery_declined', scope: 'recipient' }),
  error([4104], { code: 'recipient_throttled', scope: 'recipient', delayMs: hour }),
  error([255, 500, 501, 502, 503, 504, 4097, 4098], {
    code: 'provider_unavailable',
    scope: 'message',
    delayMs: 30 * second,
    attemptsMax: 2,
  }),
];

const ruleByCode: ReadonlyMap<string, ErrorRule> = new Map(
  errorTable.flatMap(({ space, of, ...rule }) => of.map((code) => [`${space} ${code}`, rule] as const)),
);

/** The rule of a code, or null where the table has none. */
export function errorRuleOf(space: CodeSpace, code: number | string): ErrorRule | null {
  return ruleByCode.get(`${space} ${code}`) ?? null;
}

/** An error that the table does not have: Infobip's own word on whether the same message would fail again decides. */
export function unknownErrorRule(permanent: boolean): ErrorRule {
  if (permanent) return { code: 'rejected' };
  return { code: 'provider_unavailable', scope: 'message', delayMs: 30 * second, attemptsMax: 2 };
}
