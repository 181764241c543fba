import type {
  ChannelId,
  Content,
  EventType,
  ExternalId,
  InboundMessage,
  Lane,
  MessageId,
  Recipient,
  Status,
  TenantId,
} from '@posthorn/message';
import type { FailureCode, ProviderProblem } from '@posthorn/outcome';

/** What the ledger keeps sealed of a message: nothing of it is readable in Redis. */
export interface SealedContent {
  readonly to: Recipient;
  readonly content: Content;
  readonly replyTo?: string | undefined;
  readonly callbackData?: string | undefined;
}

export type { TimelineEntry } from './timeline.ts';

/** Why a message waits, and since when, for `GET` and `posthorn why`. */
export type WaitsFor = { readonly since: number } & (
  | { readonly kind: 'its_time'; readonly until: number }
  | { readonly kind: 'predecessor'; readonly messageId: MessageId }
  | { readonly kind: 'retry'; readonly until: number; readonly code: string }
  /** Its recipient has got as many messages as one may in that time. */
  | { readonly kind: 'pace'; readonly until: number }
  | { readonly kind: 'evidence' }
  | { readonly kind: 'answer' }
  /** The provider gives out no access token. */
  | { readonly kind: 'token'; readonly until: number }
  | { readonly kind: 'channel_throttled'; readonly until: number }
  | { readonly kind: 'channel_paused'; readonly reasons: readonly string[]; readonly pauses: readonly PauseView[] }
  | { readonly kind: 'worker' }
  /** No running worker serves its channel. */
  | { readonly kind: 'no_worker' }
);

/** One owner's pause of a channel. */
export interface PauseView {
  /** Whose it is: operator, tenant, provider, everything, credentials. */
  readonly reason: string;
  readonly by: string;
  readonly since: number;
  readonly why: string | null;
}

/** A message as it is shown. Times in milliseconds since 1970. */
export interface MessageView {
  readonly id: MessageId;
  readonly channelId: ChannelId;
  readonly tenantId: TenantId;
  readonly status: Status;
  readonly statusAt: number;
  readonly generation: number;
  readonly lane: Lane;
  readonly attempts: number;
  readonly acceptedAt: number;
  readonly expiresAt: number;
  readonly sendAt: number | null;
  readonly externalId: ExternalId | null;
  readonly failure: { readonly code: FailureCode; readonly problem: ProviderProblem | null } | null;
  /** Sent again after an outcome nobody knows: the recipient may have it twice. */
  readonly possibleDuplicate: boolean;
  /** Later messages of its conversation may have gone before it. */
  readonly outOfOrder: boolean;
  /** Null once its retention is over. */
  readonly sealed: SealedContent | null;
}

/** Where an event is found: enough to render it as long as its message is kept, when the log has forgotten it. */
export interface EventPointer {
  /** Position in the channel's log: `1764000000000-0`. */
  readonly position: string;
  readonly type: EventType;
  readonly at: number;
  /** The 26 characters of the message's id; null: about none. */
  readonly ulid: string | null;
  readonly generation: number;
}

/** An event of a channel, rendered. */
export interface EventView {
  /** Position in the channel's log, for paging: `1764000000000-0`. */
  readonly position: string;
  readonly type: EventType;
  readonly at: number;
  readonly messageId: MessageId | null;
  readonly generation: number | null;
  /** Null once the content's retention is over, or where there is no number. */
  readonly to: Recipient | null;
  readonly callbackData: string | null;
  /** The provider's id. */
  readonly externalId: ExternalId | null;
  readonly failure: { readonly code: string; readonly problem: ProviderProblem | null } | null;
  /** By the provider's clock, where it told this status. */
  readonly providerAt: number | null;
  /** Price, currency, category and the like, in the provider's terms. */
  readonly pricing: Readonly<Record<string, unknown>> | null;
  readonly possibleDuplicate: boolean;
  readonly outOfOrder: boolean;
  /** What the provider said besides with this status, in its terms. */
  readonly more: unknown;
  readonly traceparent: string | null;
  /** For message.received. */
  readonly message: InboundMessage | null;
  /** For news, unmatched statuses and what was not recognised. */
  readonly data: unknown;
}
