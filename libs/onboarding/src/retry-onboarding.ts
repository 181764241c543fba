import type { OnboardingRecord } from './onboarding-record.ts';

/** What a person gives to go on. */
export interface RetryInput {
  readonly code?: string | undefined;
  readonly pin?: string | undefined;
}

export type RetryResult =
  | { readonly kind: 'retry'; readonly record: OnboardingRecord }
  /** `reason`: why this state allows no new run. */
  | { readonly kind: 'conflict'; readonly reason: string }
  | { readonly kind: 'invalid'; readonly pointer: string; readonly detail: string };

/** A run without a sign of life for that long was lost with its job (Redis lost it): it may be taken over. */
const lostMs = 120_000;

/** The next run of an onboarding: it goes on with the stage that did not work. Pure. */
export function retryOnboarding(
  record: OnboardingRecord,
  { code, pin }: RetryInput,
  { nowMs, isPin }: { readonly nowMs: number; readonly isPin: (pin: string) => boolean },
): RetryResult {
  const { state } = record;
  if (state.kind === 'finished') return { kind: 'conflict', reason: 'It is finished: there is nothing to do again.' };
  if (state.kind === 'running' && nowMs - record.updatedAtMs < lostMs) {
    return { kind: 'conflict', reason: 'It runs. Look at it again in a moment.' };
  }
  const needs = state.kind === 'running' ? 'retry' : state.failure.needs;
  if (needs === 'new_onboarding') {
    return { kind: 'conflict', reason: 'What was given cannot work. Begin another onboarding.' };
  }
  if (pin !== undefined && !isPin(pin))
    return { kind: 'invalid', pointer: '/pin', detail: 'expected the PIN: six digits' };
  const needsCode = needs === 'code' || (record.token === null && record.code === null);
  if (needsCode && code === undefined) {
    return {
      kind: 'invalid',
      pointer: '/code',
      detail: 'expected a new code: the last one was used, or its token ended',
    };
  }
  if (!needsCode && code !== undefined && record.token !== null) {
    return { kind: 'invalid', pointer: '/code', detail: 'expected no code: the token is there already; leave it out' };
  }
  return {
    kind: 'retry',
    record: {
      ...record,
      ...(pin !== undefined && { pin }),
      ...(code !== undefined && { code: { value: code, givenAtMs: nowMs }, token: null, stage: 'FETCH_TOKEN' }),
      run: record.run + 1,
      state: { kind: 'running' },
      attempts: 0,
      updatedAtMs: nowMs,
    },
  };
}
