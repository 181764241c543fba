import type { OnboardingProblem, OnboardingStage, OnboardingSteps } from '@posthorn/provider';
import type { Clock, Http } from '@posthorn/runtime';
import type { OnboardingId, OnboardingRecord } from './onboarding-record.ts';

/** What became of one step of a run, for logs and metrics. Holds nothing that was given. */
export interface StepReport {
  readonly stage: OnboardingStage;
  readonly outcome: 'worked' | 'waits' | 'failed';
  readonly failure: OnboardingProblem | null;
}

/** What an onboarding works with. */
export interface OnboardingDeps {
  readonly records: {
    readonly read: (id: OnboardingId) => Promise<{ readonly value: OnboardingRecord; readonly version: number } | null>;
    /** Compare and set: null where another run or process wrote meanwhile. */
    readonly save: (id: OnboardingId, replaces: number, record: OnboardingRecord) => Promise<number | null>;
  };
  /** Null: the plan is of a release that this one cannot read. */
  readonly stepsOf: (record: OnboardingRecord) => OnboardingSteps | null;
  readonly http: Http;
  readonly clock: Clock;
  /**
   * Adds the channel, or gives an older one its new settings: from then on it answers the provider's handshake, and takes messages. What a
   * new one takes waits until `release`. Can be repeated. Faults: the settings are not valid.
   */
  readonly openChannel: (
    record: OnboardingRecord,
    toSettings: (before: unknown) => Readonly<Record<string, unknown>>,
  ) => Promise<readonly { readonly pointer: string; readonly detail: string }[]>;
  /** Lets the channel send. Can be repeated. */
  readonly release: (record: OnboardingRecord) => Promise<void>;
  /** Tells the channel's subscribers, once per fingerprint. */
  readonly tell: (
    record: OnboardingRecord,
    type: 'onboarding.finished' | 'onboarding.failed',
    fingerprint: string,
    data: unknown,
  ) => Promise<void>;
  readonly report: (record: OnboardingRecord, report: StepReport) => void;
}
