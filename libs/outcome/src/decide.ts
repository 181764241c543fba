import { backoffMs } from './backoff.ts';
import type { BackoffPolicy } from './backoff.ts';
import { failureRules } from './failure.ts';
import type { FailureCode } from './failure.ts';
import type { Failed, Scope, SendOutcome } from './outcome.ts';

/** How often and how long we try. */
export interface RetryPolicy extends BackoffPolicy {
  /** Tries in all, the first one included. */
  readonly attemptsMax: number;
  /** What the delays of providers' rules are multiplied by: 1, or less where a test plays hours in seconds. */
  readonly delayFactor: number;
}

/** 10 attempts, 2 s doubling up to 10 min: together a little over half an hour, on top of what the provider asks. */
export const defaultRetryPolicy: RetryPolicy = { attemptsMax: 10, baseMs: 2_000, capMs: 600_000, delayFactor: 1 };

/** What we do about an outcome. */
export type Disposition<ExternalId extends string = string> =
  | { readonly kind: 'done'; readonly externalId: ExternalId }
  | {
      readonly kind: 'later';
      readonly code: FailureCode;
      readonly afterMs: number;
      readonly spendsAttempt: boolean;
      /** Who waits besides this message, and how long: without the message's own backoff. */
      readonly scope: Scope;
      readonly scopeMs: number;
      /** The channel stays paused until someone acts. */
      readonly pauses: boolean;
      readonly failure: Failed;
    }
  | { readonly kind: 'hold'; readonly code: FailureCode; readonly failure: Failed }
  | { readonly kind: 'dead'; readonly code: FailureCode; readonly failure: Failed };

/** What has been tried before this outcome. */
export interface Tried {
  /** Attempts spent, this one included: 1 after the first call. */
  readonly attempt: number;
  /** Waits in a row (throttles) before this one. */
  readonly waits: number;
}

/** The queue is paused by then; once it goes on, the message goes with it. */
const pausedMs = 1_000;
const throttleDelayMs = 1_000;
const throttleFloorMs = 250;
const waitCapMs = 3_600_000;
const longWaitCapMs = 86_400_000;

/**
 * Turns what a provider call said into what we do about it.
 * `random` is a number from 0 up to 1, so that the same input gives the same answer in tests.
 */
export function decide<ExternalId extends string>(
  outcome: SendOutcome<ExternalId>,
  tried: Tried,
  random: number,
  policy: RetryPolicy = defaultRetryPolicy,
): Disposition<ExternalId> {
  if (outcome.kind === 'accepted') return { kind: 'done', externalId: outcome.externalId };
  const { code, scope = 'message' } = outcome;
  const { then } = failureRules[code];
  switch (then) {
    case 'retry': {
      const attemptsMax = Math.min(policy.attemptsMax, outcome.attemptsMax ?? policy.attemptsMax);
      if (tried.attempt >= attemptsMax) return { kind: 'dead', code, failure: outcome };
      const scopeMs = Math.round((outcome.delayMs ?? 0) * policy.delayFactor);
      const afterMs = Math.round(scopeMs + backoffMs(tried.attempt, random, policy));
      return { kind: 'later', code, afterMs, spendsAttempt: true, scope, scopeMs, pauses: false, failure: outcome };
    }
    case 'wait': {
      const afterMs = Math.round(waitMs(outcome, tried.waits, random) * policy.delayFactor);
      return {
        kind: 'later',
        code,
        afterMs,
        spendsAttempt: false,
        scope,
        scopeMs: afterMs,
        pauses: false,
        failure: outcome,
      };
    }
    case 'pause':
      return {
        kind: 'later',
        code,
        afterMs: pausedMs,
        spendsAttempt: false,
        // The pause of the queue is the channel's wait; a second one in the ledger would outlast the resume.
        scope: 'message',
        scopeMs: 0,
        pauses: true,
        failure: outcome,
      };
    case 'hold':
      return { kind: 'hold', code, failure: outcome };
    case 'stop':
      return { kind: 'dead', code, failure: outcome };
    default:
      return then satisfies never;
  }
}

/**
 * The rule's delay, grown by the waits in a row, and up to 10 % more. What starts below an hour is capped at an hour, what starts
 * above it at a day; a longer delay of the provider stands.
 */
function waitMs(failure: Failed, waits: number, random: number): number {
  // A wait spends no attempt: without a floor, "try again at once" would be a loop.
  const delayMs = Math.max(throttleFloorMs, failure.delayMs ?? throttleDelayMs);
  const capMs = Math.max(delayMs < waitCapMs ? waitCapMs : longWaitCapMs, delayMs);
  // Bounded, because growth^waits overflows in time, and 0 × Infinity is no number.
  const growth = Math.min((failure.growth ?? 1) ** waits, capMs);
  return Math.min(delayMs * growth, capMs) * (1 + 0.1 * random);
}
