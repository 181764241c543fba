import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decide, defaultRetryPolicy } from './decide.ts';
import { failureCodes, failureRules, type Then } from './failure.ts';
import { failed, type Failed } from './outcome.ts';

const first = { attempt: 1, waits: 0 };
const later = (outcome: Failed, tried = first, random = 0) => {
  const disposition = decide(outcome, tried, random);
  return disposition.kind === 'later' ? disposition : null;
};
const kindByThen = {
  retry: 'later',
  wait: 'later',
  pause: 'later',
  hold: 'hold',
  stop: 'dead',
} as const satisfies Record<Then, string>;

describe('decide', () => {
  it('is done with what the provider accepted', () => {
    expect(decide({ kind: 'accepted', externalId: 'x', note: 'n' }, first, 0)).toEqual({
      kind: 'done',
      externalId: 'x',
    });
  });

  it.each(failureCodes())('%s: as its rule says, and the failure travels along', (code) => {
    const outcome = failed(code);
    const { then } = failureRules[code];
    const disposition = decide(outcome, first, 0);
    expect(disposition).toMatchObject({ kind: kindByThen[then], code, failure: outcome });
    expect(later(outcome)?.spendsAttempt ?? null).toBe(kindByThen[then] === 'later' ? then === 'retry' : null);
    expect(later(outcome)?.pauses ?? false).toBe(then === 'pause');
  });

  it('puts the rule’s delay under the backoff of a retry', () => {
    expect(later(failed('provider_unavailable'))?.afterMs).toBe(1_000);
    expect(later(failed('provider_unavailable', { delayMs: 5_000 }))?.afterMs).toBe(6_000);
    expect(later(failed('provider_unavailable', { delayMs: 5_000 }), { attempt: 3, waits: 0 }, 0.5)?.afterMs).toBe(
      11_000,
    );
  });

  it('retries nine times, and not a tenth', () => {
    const outcome = failed('unreachable');
    expect(decide(outcome, { attempt: 9, waits: 0 }, 0).kind).toBe('later');
    expect(decide(outcome, { attempt: 10, waits: 0 }, 0)).toEqual({
      kind: 'dead',
      code: 'unreachable',
      failure: outcome,
    });
    expect(decide(outcome, { attempt: 11, waits: 0 }, 0).kind).toBe('dead');
  });

  it('takes the smaller number of tries, of the policy and of the provider', () => {
    const outcome = failed('media_unavailable', { attemptsMax: 2 });
    expect(decide(outcome, { attempt: 1, waits: 0 }, 0).kind).toBe('later');
    expect(decide(outcome, { attempt: 2, waits: 0 }, 0).kind).toBe('dead');
    const patient = failed('media_unavailable', { attemptsMax: 50 });
    expect(decide(patient, { attempt: 10, waits: 0 }, 0).kind).toBe('dead');
    expect(decide(patient, { attempt: 3, waits: 0 }, 0, { ...defaultRetryPolicy, attemptsMax: 3 }).kind).toBe('dead');
  });

  it('never spends an attempt on a throttle, however often it comes', () => {
    const disposition = later(failed('throttled', { delayMs: 5_000 }), { attempt: 10_000, waits: 10_000 });
    expect(disposition).toMatchObject({ spendsAttempt: false, afterMs: 5_000 });
  });

  it('waits a second where nobody says how long, and up to a tenth more', () => {
    expect(later(failed('throttled'))?.afterMs).toBe(1_000);
    expect(later(failed('throttled'), first, 1)?.afterMs).toBe(1_100);
  });

  it.each([
    [0, 1_000],
    [1, 4_000],
    [2, 16_000],
    [5, 1_024_000],
    [6, 3_600_000],
    [5_000, 3_600_000],
  ])('grows with the waits in a row: after %i of them %i ms', (waits, afterMs) => {
    const outcome = failed('recipient_throttled', { delayMs: 1_000, growth: 4 });
    expect(later(outcome, { attempt: 1, waits })?.afterMs).toBe(afterMs);
  });

  it.each([
    [0, 1],
    [1, 2],
    [4, 16],
    [5, 24],
    [5_000, 24],
  ])('grows what starts at an hour up to a day: after %i waits %i h', (waits, hours) => {
    const outcome = failed('quality_limited', { delayMs: 3_600_000, growth: 2 });
    expect(later(outcome, { attempt: 1, waits })?.afterMs).toBe(hours * 3_600_000);
  });

  it('stays a number however often it grows, and is never nothing', () => {
    const outcome = failed('throttled', { delayMs: 0, growth: 4 });
    expect(later(outcome, { attempt: 1, waits: 0 })?.afterMs).toBe(250);
    expect(later(outcome, { attempt: 1, waits: 100_000 })?.afterMs).toBe(3_600_000);
  });

  it('lets a delay of the provider beyond the cap stand', () => {
    const outcome = failed('throttled', { delayMs: 72 * 3_600_000, growth: 2 });
    expect(later(outcome, { attempt: 1, waits: 3 })?.afterMs).toBe(72 * 3_600_000);
  });

  it('leaves the wait of a paused channel to the pause: nothing outlasts the resume', () => {
    const outcome = failed('credentials_refused', { scope: 'account', delayMs: 3_600_000 });
    expect(later(outcome)).toMatchObject({ pauses: true, scope: 'message', scopeMs: 0, afterMs: 1_000 });
  });

  it('lets others wait for the rule’s delay only, not for a message’s own backoff', () => {
    const outcome = failed('provider_unavailable', { scope: 'channel', delayMs: 15_000 });
    expect(later(outcome, { attempt: 5, waits: 0 })).toMatchObject({ scope: 'channel', scopeMs: 15_000 });
    expect(later(outcome, { attempt: 5, waits: 0 })?.afterMs).toBeGreaterThan(15_000);
  });

  it('lets only the message wait where no scope is given', () => {
    expect(later(failed('throttled'))?.scope).toBe('message');
    expect(later(failed('throttled', { scope: 'account' }))?.scope).toBe('account');
  });

  it('never retries what may be out without an answer', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('no_answer' as const, 'answer_unreadable' as const),
        fc.nat(20),
        fc.nat(20),
        (code, attempt, waits) => {
          expect(decide(failed(code, { delayMs: 1, attemptsMax: 99 }), { attempt, waits }, 0.5).kind).toBe('hold');
        },
      ),
    );
  });

  it('gives a wait that is a whole number of milliseconds, whatever comes', () => {
    const outcome = fc.record(
      {
        code: fc.constantFrom(...failureCodes()),
        delayMs: fc.integer({ min: 0, max: 259_200_000 }),
        growth: fc.integer({ min: 1, max: 4 }),
        attemptsMax: fc.integer({ min: 1, max: 20 }),
      },
      { requiredKeys: ['code'] },
    );
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(outcome, fc.integer({ min: 1, max: 50 }), fc.nat(5_000), random, (failure, attempt, waits, value) => {
        const afterMs = later({ kind: 'failed', ...failure }, { attempt, waits }, value)?.afterMs ?? 0;
        expect(Number.isSafeInteger(afterMs) && afterMs >= 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
