export { createOnboardingPlace, onboardingVariables } from './onboarding-place.ts';
export { providerById, providers } from './providers.ts';
