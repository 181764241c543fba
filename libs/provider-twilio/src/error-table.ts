import type { FailureCode, Scope } from '@posthorn/outcome';

/** What one code of Twilio means for us. */
export interface ErrorRule {
  readonly code: FailureCode;
  readonly scope?: Scope;
  /** Milliseconds, or until the day ends in UTC. */
  readonly delayMs?: number | 'utc_midnight';
  readonly growth?: number;
  readonly attemptsMax?: number;
  /** Answered at once, it does not prove that nothing went out. */
  readonly mayBeOut?: true;
}

interface ErrorRow extends ErrorRule {
  /** Twilio's codes: single ones, or ranges with both ends. */
  readonly of: readonly (number | readonly [from: number, to: number])[];
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/**
 * Twilio's error codes. Source: twilio.com/docs/api/errors (the error dictionary), read 2026-11. Delays are ours.
 * A code that stops a message keeps its scope as a remark for people; nothing waits for it.
 */
export const errorTable: readonly ErrorRow[] = [
  // Credentials, accounts, senders: nothing goes until someone acts.
  { of: [20003, 20008, [20101, 20107], [20151, 20162]], code: 'credentials_refused', scope: 'account' },
  { of: [20005, 30002], code: 'account_blocked', scope: 'account' },
  { of: [20006, 20403], code: 'permission_missing', scope: 'account' },
  { of: [63051], code: 'account_blocked', scope: 'channel' },
  { of: [63020], code: 'payment_required', scope: 'account' },
  { of: [21212, 21601, 21606, 21607, [21701, 21705]], code: 'sender_not_ready', scope: 'channel' },
  { of: [63001, 63002, 63007, 63008, 63022, 63101, 63112], code: 'sender_not_ready', scope: 'channel' },

  // Slow down. 20429 is about calls at the same time; it was not processed (Twilio's own library: 100 ms, doubling).
  { of: [20429], code: 'throttled', scope: 'account', delayMs: 100, growth: 2 },
  { of: [63017], code: 'throttled', scope: 'account', delayMs: second, growth: 2 },
  { of: [21611, 63018], code: 'throttled', scope: 'channel', delayMs: minute, growth: 2 },
  { of: [30001], code: 'throttled', scope: 'channel', delayMs: minute },
  // The day's messages of a trial or new account are spent.
  { of: [63038], code: 'throttled', scope: 'account', delayMs: 'utc_midnight' },
  // Limits of US carriers, for SMS.
  { of: [30022, 30023, [30025, 30027]], code: 'throttled', scope: 'channel', delayMs: minute },
  // Meta: too many registrations of the number (133016).
  { of: [20249], code: 'throttled', scope: 'channel', delayMs: 72 * hour },

  // Out of order for a while. Any other 5xx is held, whatever its code: see toOutcome.
  { of: [20500], code: 'provider_failed', scope: 'message', mayBeOut: true },
  { of: [20503], code: 'provider_unavailable', scope: 'account', delayMs: 15 * second },
  { of: [20409], code: 'provider_unavailable', scope: 'message', delayMs: 2 * second },
  { of: [30017], code: 'provider_unavailable', scope: 'message', delayMs: 30 * second },
  { of: [30020, 30021, 30410], code: 'provider_unavailable', scope: 'message', delayMs: 15 * second },
  { of: [63009, 63010, 63012], code: 'provider_unavailable', scope: 'message', delayMs: 15 * second },
  // Once more.
  { of: [30008, 63023], code: 'provider_unavailable', scope: 'message', delayMs: 30 * second, attemptsMax: 2 },
  { of: [63029], code: 'provider_unavailable', scope: 'message', delayMs: minute, attemptsMax: 2 },
  { of: [63019, 63037], code: 'media_unavailable', scope: 'message', delayMs: 30 * second, attemptsMax: 2 },

  // The recipient.
  { of: [21211, 63031], code: 'recipient_invalid' },
  { of: [21214, 21217, 21612, 21614], code: 'recipient_unreachable', scope: 'recipient' },
  { of: [[30003, 30006], 63003, 63024], code: 'recipient_unreachable', scope: 'recipient' },
  // Not enabled here: the country, an unverified number of a trial account, one that did not join the sandbox (joining lasts 3 days).
  { of: [21408, 21608, 63015], code: 'recipient_not_allowed', scope: 'recipient' },
  { of: [21610, 63014, 63033], code: 'recipient_opted_out', scope: 'recipient' },
  // Meta chose not to deliver. It asks for a growing pause; a message that old is final.
  { of: [63032, 63049], code: 'delivery_declined', scope: 'recipient' },

  // The message.
  { of: [63016], code: 'window_closed' },
  { of: [20001, 20002, 20004, 20007, 20422, 20423], code: 'request_invalid' },
  { of: [[21602, 21604], 21609, 21618, 21619, 21624, 21653], code: 'request_invalid' },
  { of: [30010, [30012, 30016], [30029, 30031]], code: 'request_invalid' },
  { of: [63005, 63006, 63021, 92009], code: 'request_invalid' },
  { of: [20413, 21617, 30019, 92002], code: 'content_too_long' },
  { of: [63030], code: 'content_unsupported' },
  // Terms for marketing messages are not accepted.
  { of: [63062], code: 'content_unsupported', scope: 'account' },
  { of: [11751, 21620, 21623, 63025, 63034], code: 'media_refused' },
  { of: [21654, 21655, 63027, 63040, 63054], code: 'template_unknown' },
  { of: [21656, 63028, 92007], code: 'template_mismatch' },
  { of: [63041, 63042], code: 'template_paused' },
  { of: [30007, 63013], code: 'policy_violation' },
  // The sender's content is flagged as spam: look at its quality.
  { of: [63026], code: 'policy_violation', scope: 'channel' },
  { of: [20404, 30404, 30409, 63011], code: 'rejected' },
  // Not explained (unconfirmed): final.
  { of: [63004, [63043, 63045], 63047, 63048, 63050, 63053, [63055, 63061]], code: 'rejected' },

  // About what posthorn does not use, or told to people elsewhere: RCS, Messenger, template news, and the debugger's faults of our
  // webhooks (11200 and the like).
  { of: [20426], code: 'not_supported', scope: 'account' },
  { of: [63035, 63036, 63039, 63046, 63052], code: 'not_supported' },
  { of: [11200, 11205, 11206, 11210, 11215, 11220, 11235, 11237, 12300, 57012], code: 'not_supported' },
];

const ruleByCode: ReadonlyMap<number, ErrorRule> = new Map(
  errorTable.flatMap(({ of, ...rule }) =>
    of.flatMap((codes) => (typeof codes === 'number' ? [codes] : range(codes)).map((code) => [code, rule] as const)),
  ),
);

/** The rule of one of Twilio's codes, or null where the table has none. */
export function errorRuleOf(code: number): ErrorRule | null {
  return ruleByCode.get(code) ?? null;
}

function range([from, to]: readonly [number, number]): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
