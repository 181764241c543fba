import type { Content, ExternalId, InboundId, MessageId, Recipient } from '@posthorn/message';
import type { Disposition, Failed, FailureCode, RetryPolicy, Scope, SendOutcome } from '@posthorn/outcome';
import type { ConnectedChannel } from '@posthorn/provider';
import type { Clock, Http, HttpReply, Random } from '@posthorn/runtime';

/** One activation of a message's job. */
export interface SendTask {
  readonly messageId: MessageId;
  readonly generation: number;
}

/** What is sent, as it was accepted. */
export interface SendContent {
  readonly to: Recipient;
  readonly content: Content;
  readonly replyTo?: string | undefined;
}

/** What the ledger answers to an intent. */
export type Claim =
  | {
      readonly kind: 'go';
      readonly token: string;
      readonly attempt: number;
      readonly waits: number;
      readonly spentIds: number;
      readonly sealed: SendContent;
    }
  /** Its files must be made known to the provider first. Null: its content cannot be read. */
  | { readonly kind: 'prepare'; readonly sealed: SendContent | null }
  | { readonly kind: 'wait'; readonly waitMs: number }
  /** Its place in the channel's pace comes in so many ms. */
  | { readonly kind: 'slot'; readonly slotMs: number; readonly waitMs: number }
  | { readonly kind: 'settled' }
  | { readonly kind: 'dead'; readonly code: FailureCode }
  | { readonly kind: 'held' }
  | { readonly kind: 'unreadable'; readonly token: string; readonly attempt: number };

export interface Exchange {
  readonly attempt: number;
  readonly durationMs: number;
  readonly note?: string | undefined;
}

/** What happens to the job afterwards. */
export type SendEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'later'; readonly afterMs: number }
  | { readonly kind: 'dead'; readonly code: FailureCode; readonly providerCode?: string | undefined };

/** What a processed activation was, for the log and the metrics. */
export interface SendReport {
  readonly messageId: MessageId;
  readonly attempt: number;
  /** done, later, hold, dead */
  readonly disposition: Disposition['kind'];
  readonly code: FailureCode | null;
  readonly providerCode: string | null;
  readonly status: number | null;
  readonly durationMs: number;
}

/** An access token for a call. */
export type SendToken =
  /** `renewed`: it was asked for just now, so a refusal of it is final. */
  | { readonly kind: 'token'; readonly token: string; readonly version: number; readonly renewed: boolean }
  | { readonly kind: 'later'; readonly afterMs: number };

/** Content whose files the provider can get, or why it cannot. */
export type PreparedFiles =
  | {
      readonly kind: 'ready';
      readonly content: Content;
      /** Forgets the provider's ids of files that were used before, so that the files go up anew; null: none was. */
      readonly forget: (() => Promise<void>) | null;
    }
  | Failed;

export interface SendDeps<Task extends SendTask> {
  readonly claim: (task: Task, options: { filesAreReady: boolean; slotMs: number | null }) => Promise<Claim>;
  /** Uploads files, or gives them addresses. Nothing of a message goes out by it. */
  readonly prepareFiles: (task: Task, content: Content, token: string | null) => Promise<PreparedFiles>;
  readonly record: (
    task: Task,
    token: string,
    disposition: Disposition<ExternalId>,
    exchange: Exchange,
  ) => Promise<unknown>;
  /** The provider's id of an earlier message; null if there is none (yet). */
  readonly externalIdOf: (task: Task, id: MessageId | InboundId) => Promise<ExternalId | null>;
  readonly channel: (task: Task) => ConnectedChannel;
  /** The channel's token. Asked only where the provider's tokens expire. */
  readonly token: (task: Task) => Promise<SendToken>;
  /** Another token than that version, which the provider refused. Null: the channel's credentials are refused altogether. */
  readonly replaceToken: (task: Task, version: number) => Promise<SendToken | null>;
  readonly toOutcome: (reply: HttpReply, nowMs: number) => SendOutcome<ExternalId>;
  /** The channel, or its whole account, cannot send until someone acts. */
  readonly pauseChannel: (task: Task, code: FailureCode, scope: Scope) => Promise<void>;
  /** All channels of the account wait that long. */
  readonly slowAccount: (task: Task, ms: number) => Promise<void>;
  /** The channel waits that long for a token, for those who ask why. */
  readonly lackToken: (task: Task, ms: number) => Promise<void>;
  readonly http: Http;
  readonly clock: Clock;
  /** Resolves after so many ms. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: Random;
  readonly policy: RetryPolicy;
  readonly report: (task: Task, report: SendReport) => void;
}
