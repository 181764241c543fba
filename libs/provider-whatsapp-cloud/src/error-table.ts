import type { FailureCode, Scope } from '@posthorn/outcome';

/** What one code of Meta means for us. */
export interface ErrorRule {
  readonly code: FailureCode;
  readonly scope?: Scope;
  readonly delayMs?: number;
  readonly growth?: number;
  readonly attemptsMax?: number;
  /** Answered at once, it does not prove that nothing went out. */
  readonly mayBeOut?: true;
}

interface ErrorRow extends ErrorRule {
  /** Meta's codes: single ones, or ranges with both ends. */
  readonly of: readonly (number | readonly [from: number, to: number])[];
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/**
 * Meta's error codes. Sources: developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes (page of 2025-12-12) and
 * docs/graph-api/guides/error-handling, read 2026-11. Delays are Meta's where the remark says so, else ours.
 * A code that stops a message keeps its scope as a remark for people; nothing waits for it.
 */
export const errorTable: readonly ErrorRow[] = [
  // Credentials, permissions, accounts: nothing goes until someone acts.
  { of: [0, 102, 190], code: 'credentials_refused', scope: 'account' },
  { of: [3, 10, [200, 299], 131005], code: 'permission_missing', scope: 'account' },
  { of: [368, 131031], code: 'account_blocked', scope: 'account' },
  { of: [131042, 131044], code: 'payment_required', scope: 'account' },
  { of: [33, 131037, 131045, 133000, 133006, 133010], code: 'sender_not_ready', scope: 'channel' },
  // Registration: a wrong PIN, and old codes (133001, 133002, 133003, 133007, 136025; unconfirmed).
  { of: [[133001, 133003], 133005, 133007, 136025], code: 'sender_not_ready', scope: 'channel' },

  // Slow down. Account throttles tell in their headers for how long: see throttleDelayMs.
  { of: [4, 17, 32, 341, 613, 80007, 80008], code: 'throttled', scope: 'account', delayMs: minute },
  { of: [130429], code: 'throttled', scope: 'channel', delayMs: second, growth: 2 },
  // 4^X seconds, X = 0, 1, 2 … (Meta)
  { of: [131056], code: 'recipient_throttled', scope: 'recipient', delayMs: second, growth: 4 },
  { of: [131048], code: 'quality_limited', scope: 'channel', delayMs: hour, growth: 2 },
  { of: [131064], code: 'quality_limited', scope: 'account', delayMs: hour },
  // A flow's ten messages an hour are spent. Only messages with that flow wait, not the number's others.
  { of: [132069], code: 'throttled', scope: 'message', delayMs: hour },
  // Too many PINs, or too fast. The time stands in the words only, which nothing here reads.
  { of: [133008], code: 'throttled', scope: 'channel', delayMs: hour },
  { of: [133009], code: 'throttled', scope: 'channel', delayMs: minute, growth: 2 },
  // Ten (de)registrations in 72 hours (Meta).
  { of: [133016], code: 'throttled', scope: 'channel', delayMs: 72 * hour },

  // Out of order for a while.
  { of: [1], code: 'provider_unavailable', scope: 'message', delayMs: 5 * second, attemptsMax: 3, mayBeOut: true },
  { of: [131000], code: 'provider_unavailable', scope: 'message', delayMs: 5 * second, mayBeOut: true },
  { of: [2, 131016], code: 'provider_unavailable', scope: 'channel', delayMs: 15 * second, mayBeOut: true },
  { of: [133004], code: 'provider_unavailable', scope: 'channel', delayMs: minute },
  { of: [131057], code: 'provider_maintenance', scope: 'channel', delayMs: minute },
  // Five minutes, "a few minutes" (Meta).
  { of: [133015], code: 'provider_maintenance', scope: 'channel', delayMs: 5 * minute },
  { of: [2494100], code: 'provider_maintenance', scope: 'channel', delayMs: 3 * minute },
  // Ten minutes (Meta).
  { of: [134101], code: 'template_not_ready', scope: 'message', delayMs: 10 * minute },

  // The file: one more try.
  { of: [131052, 131053], code: 'media_unavailable', scope: 'message', delayMs: 30 * second, attemptsMax: 2 },

  // The recipient.
  { of: [130497, 131030], code: 'recipient_not_allowed', scope: 'recipient' },
  { of: [131021, 131062], code: 'recipient_invalid' },
  { of: [131026, 131043], code: 'recipient_unreachable' },
  { of: [131047], code: 'window_closed' },
  { of: [131050], code: 'recipient_opted_out', scope: 'recipient' },
  { of: [137000], code: 'recipient_identity_changed', scope: 'recipient' },
  // Meta chose not to deliver: an experiment, or too much marketing to this person. It asks for 24 hours; a message that old is final.
  { of: [130472], code: 'delivery_declined' },
  { of: [131049], code: 'delivery_declined', scope: 'recipient' },

  // The message.
  { of: [100, 131006, 131008, 131009, 131055, 134100, 135000], code: 'request_invalid' },
  // Flows: blocked, unhealthy (139000 to 139004, unconfirmed).
  { of: [132068, [139000, 139004]], code: 'request_invalid' },
  { of: [131001, 132005], code: 'content_too_long' },
  { of: [131051], code: 'content_unsupported' },
  // Marketing templates are off here; payment terms are not accepted.
  { of: [131063, 134011], code: 'content_unsupported', scope: 'account' },
  { of: [132001, 134102], code: 'template_unknown' },
  { of: [132000, 132008, 132012, 132018], code: 'template_mismatch' },
  { of: [132015, 132016], code: 'template_paused' },
  { of: [132007], code: 'policy_violation' },
  // Duplicate post (Graph, unconfirmed here).
  { of: [506], code: 'rejected' },

  // About what posthorn does not use: inbound, groups, calls, blocking, user names, insights, onboarding, template creation.
  { of: [131060, 131020, 131041, 131059, [131201, 131215]], code: 'not_supported' },
  {
    of: [
      [138000, 138999],
      [139100, 139103],
      [147001, 147005],
      [200005, 200007],
    ],
    code: 'not_supported',
  },
  { of: [1752041, 2388001, 2388012, 2388091, 2388093, 2388103], code: 'not_supported' },
  { of: [2388019], code: 'not_supported', scope: 'account' },
  { of: [2388040, 2388047, 2388072, 2388073, 2388293, 2388299], code: 'not_supported' },
  { of: [2593079, 2593085, 2593107, 2593108], code: 'not_supported' },
];

const ruleByCode: ReadonlyMap<number, ErrorRule> = new Map(
  errorTable.flatMap(({ of, ...rule }) =>
    of.flatMap((codes) => (typeof codes === 'number' ? [codes] : range(codes)).map((code) => [code, rule] as const)),
  ),
);

/** The rule of one of Meta's codes, or null where the table has none. */
export function errorRuleOf(code: number): ErrorRule | null {
  return ruleByCode.get(code) ?? null;
}

function range([from, to]: readonly [number, number]): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
