export type {
  IssuedToken,
  OnboardingNeed,
  OnboardingPlace,
  OnboardingPlan,
  OnboardingProblem,
  OnboardingStage,
  OnboardingStep,
  OnboardingSteps,
  ProviderOnboarding,
  StepOutcome,
} from './onboarding.ts';
export type {
  Capabilities,
  ConnectedChannel,
  Fault,
  OldChannel,
  OutgoingMessage,
  Pace,
  Provider,
  ProviderCall,
  ReceiptOutcome,
  Receipts,
  ReceiptTarget,
  TokenOutcome,
  TokenSource,
  WebhookAlias,
} from './provider.ts';
export type {
  MessageUpdate,
  NewsUpdate,
  StatusUpdate,
  ToldStatus,
  UnrecognisedUpdate,
  WebhookCall,
  WebhookUpdate,
} from './webhook.ts';
export { faultsOf, isBaseUrl, readSettings } from './read-settings.ts';
export type { ReadSettings } from './read-settings.ts';
