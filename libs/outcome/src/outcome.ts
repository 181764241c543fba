import type { FailureCode } from './failure.ts';

/** Who waits when the provider says "not now". `account` is all channels of one account at the provider. */
export type Scope = 'message' | 'recipient' | 'channel' | 'account';

/** What the provider said in its own words. For people: control flow never reads it. Holds no personal data. */
export interface ProviderProblem {
  /** The provider's own code, as text: `131056`. */
  readonly code: string;
  readonly title?: string | undefined;
  readonly details?: string | undefined;
  /** HTTP status of the answer, where there was one. */
  readonly status?: number | undefined;
  /** The provider's own trace id, for its support. */
  readonly trace?: string | undefined;
}

/** A failed try. */
export interface Failed {
  readonly kind: 'failed';
  readonly code: FailureCode;
  /** Who waits; without it only this message. */
  readonly scope?: Scope;
  /** The shortest wait before the next try, in milliseconds: from the provider's `Retry-After`, or the rule of its code. */
  readonly delayMs?: number;
  /** The wait doubles (or more) with every wait in a row: delayMs × growth^n. */
  readonly growth?: number;
  /** The provider's table may allow fewer tries than the policy. */
  readonly attemptsMax?: number;
  /** The provider may have sent it all the same: a repeat is a possible duplicate. */
  readonly mayBeOut?: boolean;
  /** The provider has used up the id under which it went out: a repeat under the same would be taken for a duplicate. */
  readonly idSpent?: boolean;
  readonly problem?: ProviderProblem;
}

/** What a provider call said. */
export type SendOutcome<ExternalId extends string = string> =
  | {
      readonly kind: 'accepted';
      readonly externalId: ExternalId;
      /** What the provider said besides, for the timeline. Holds no personal data. */
      readonly note?: string;
    }
  | Failed;

/** Short for a failed outcome. */
export function failed(code: FailureCode, more: Omit<Failed, 'kind' | 'code'> = {}): Failed {
  return { kind: 'failed', code, ...more };
}
