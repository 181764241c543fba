export { beginOnboarding } from './begin-onboarding.ts';
export { createOnboarding } from './create-onboarding.ts';
export { onboardingIdSchema, onboardingRecordSchema, providerIdOf, toOnboardingId } from './onboarding-record.ts';
export type { OnboardingId, OnboardingRecord } from './onboarding-record.ts';
export { retryOnboarding } from './retry-onboarding.ts';
export type { RetryInput } from './retry-onboarding.ts';
export { onboardingViewSchema, showOnboarding } from './show-onboarding.ts';
export type { OnboardingView } from './show-onboarding.ts';
