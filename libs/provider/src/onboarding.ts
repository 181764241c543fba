import type { ProviderProblem } from '@posthorn/outcome';
import type { Fault, ProviderCall } from './provider.ts';

/** The steps of onboarding, in order. The last two are none: nothing began, and all is done. */
export type OnboardingStep = 'FETCH_TOKEN' | 'REGISTER_WEBHOOKS' | 'REGISTER_PHONE';
export type OnboardingStage = 'UNSTARTED' | OnboardingStep | 'FINISHED';

/**
 * What a new run needs from a person after a failure: another code, another PIN, nothing but that what is said was done, or it cannot go on
 * and another onboarding has to begin.
 */
export type OnboardingNeed = 'code' | 'pin' | 'retry' | 'new_onboarding';

/** Why a step did not work. */
export interface OnboardingProblem {
  /** Names what happened: `pin_wrong`. Stable. */
  readonly code: string;
  /** What happened and what to do, for people. Holds nothing of what was given. */
  readonly says: string;
  readonly needs: OnboardingNeed;
  readonly problem: ProviderProblem | null;
}

/** What one call of a step said. */
export type StepOutcome<Worked> =
  | ({ readonly kind: 'worked' } & Worked)
  /** It may work by itself after `afterMs`, so often at most in one run; after that the problem is a person's. */
  | {
      readonly kind: 'again';
      readonly afterMs: number;
      readonly attemptsMax: number;
      /** Nothing left: a code that works once is not spent. */
      readonly unsent: boolean;
      readonly problem: OnboardingProblem;
    }
  | { readonly kind: 'failed'; readonly problem: OnboardingProblem };

/** A token, and how long it lives from the moment before the request in ms; null: without end, as far as was told. */
export interface IssuedToken {
  readonly token: string;
  readonly lifeMs: number | null;
}

/** How one channel comes to be. Pure: whoever holds it makes the calls. */
export interface OnboardingSteps {
  /** The code works once: where the answer is lost, another one is needed. */
  readonly fetchToken: (code: string) => ProviderCall<StepOutcome<IssuedToken>>;
  /** Can be repeated. The provider calls the webhook's handshake before it answers. */
  readonly registerWebhooks: (token: string) => ProviderCall<StepOutcome<object>>;
  /** Can be repeated. */
  readonly registerPhone: (token: string, pin: string) => ProviderCall<StepOutcome<object>>;
  /** The channel's settings: `before` are those that it has already, or null. */
  readonly toSettings: (token: string, before: unknown) => Readonly<Record<string, unknown>>;
}

/** What an installation knows by itself, so that nobody has to send it. */
export interface OnboardingPlace {
  /** The application at the provider. */
  readonly appId?: string | undefined;
  readonly appSecret?: string | undefined;
  /** The provider's API; absent: the provider's own. */
  readonly baseUrl?: string | undefined;
  /** The address of the channel's webhooks as the provider can reach it; absent: not known. */
  readonly webhookUrl?: string | undefined;
  /** Given back as the webhook's verify token where nobody chose one. */
  readonly verifyToken: string;
}

/** How a provider gets its customers' numbers connected by code. */
export interface ProviderOnboarding {
  /** Checks what a caller gives, and fills in what the installation knows. Pointers start at the settings; no detail shows a value. */
  readonly read: (
    settings: unknown,
    place: OnboardingPlace,
  ) =>
    | { readonly kind: 'read'; readonly plan: OnboardingPlan; readonly pin: string }
    | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };
  /** Null: the plan is of a release that this one cannot read. */
  readonly open: (plan: unknown) => OnboardingSteps | null;
  /** Whether that is a PIN, where another one is given. */
  readonly isPin: (pin: string) => boolean;
}

/** All that the steps need besides code, token and PIN. Holds secrets: kept sealed, never shown. */
export type OnboardingPlan = Readonly<Record<string, string | null>>;
