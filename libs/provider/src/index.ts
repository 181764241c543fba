export { holdTalk, toRefusal } from './channel-operations.ts';
export type {
  Facts,
  NewSecret,
  ProviderTalk,
  Refusal,
  Registration,
  SettingQuestion,
  Unknown,
  Verdict,
  WebhookTarget,
} from './channel-operations.ts';
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
  LookUpAnswer,
  LostMessage,
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
  FileAddress,
  FileKind,
  FileRules,
  LookUpOutcome,
  MediaCalls,
  OutgoingFile,
  UploadOutcome,
} from './media.ts';
export type {
  MessageUpdate,
  MarketingPreference,
  NewsUpdate,
  StatusUpdate,
  ToldStatus,
  UnrecognisedUpdate,
  WebhookCall,
  WebhookUpdate,
} from './webhook.ts';
export { faultsOf, isBaseUrl, readSettings } from './read-settings.ts';
export { receiptByStatus } from './receipt-by-status.ts';
export type { ReadSettings } from './read-settings.ts';
