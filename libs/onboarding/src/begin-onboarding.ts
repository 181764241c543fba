import type { TenantId, ProviderId } from '@posthorn/message';
import type { OnboardingPlan } from '@posthorn/provider';
import type { OnboardingId, OnboardingRecord } from './onboarding-record.ts';

/** What an onboarding begins with: checked already. */
export interface BeginInput {
  readonly id: OnboardingId;
  readonly tenantId: TenantId;
  readonly provider: ProviderId;
  readonly channel: OnboardingRecord['channel'];
  readonly callbackData: string | null;
  readonly plan: OnboardingPlan;
  readonly pin: string;
  readonly code: string;
  readonly nowMs: number;
}

/** The record of an onboarding that has not begun. Pure. */
export function beginOnboarding({ plan, code, nowMs, ...given }: BeginInput): OnboardingRecord {
  return {
    v: 1,
    ...given,
    plan: { ...plan },
    code: { value: code, givenAtMs: nowMs },
    token: null,
    tokenExpiresAtMs: null,
    stage: 'UNSTARTED',
    run: 1,
    state: { kind: 'running' },
    attempts: 0,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}
