import type {
  ChannelId,
  ExternalId,
  InboundId,
  InboundMessage,
  Lane,
  MessageId,
  ProviderId,
  Recipient,
  Status,
  TenantId,
} from '@posthorn/message';
import type { Disposition, Failed } from '@posthorn/outcome';
import type { ClaimOptions, ClaimResult, Exchange, RecordResult } from './claim.ts';
import type { ErasingLedger } from './erasing.ts';
import type { HeldLedger } from './held.ts';
import type { KeepingLedger } from './keeping.ts';
import type { LateFailure, LaterStill } from './late-failure.ts';
import type { RecipientLedger } from './recipients.ts';
import type { EventPointer, EventView, MessageView, SealedContent, TimelineEntry, WaitsFor } from './message-view.ts';

/** Where a channel's keys and jobs are. */
export interface ChannelRef {
  readonly id: ChannelId;
  readonly provider: ProviderId;
}

/** A message to accept. Times in milliseconds since 1970. */
export interface AcceptInput {
  readonly id: MessageId;
  readonly tenantId: TenantId;
  readonly lane: Lane;
  readonly ordered: boolean;
  readonly sealed: SealedContent;
  readonly sendAt: number | null;
  /** Null: 24 hours after accept, or after sendAt. */
  readonly expiresAt: number | null;
  readonly traceparent: string | null;
  /** Refused where the recipient wants no marketing; dead (recipient_opted_out) if they say so before it goes out. */
  readonly isMarketing?: boolean | undefined;
  /** Refused where the recipient has not written for 24 hours; not of one with `sendAt`, by whose time they may have. */
  readonly needsWindow?: boolean | undefined;
}

export type AcceptResult =
  | { readonly kind: 'accepted'; readonly acceptedAt: number }
  /** The same id was accepted before: nothing was done again. */
  | { readonly kind: 'repeat'; readonly acceptedAt: number }
  /** The channel does not take messages: it is draining, gone, or was never opened. */
  | { readonly kind: 'closed' }
  /** Its expiry has passed already. */
  | { readonly kind: 'expired' }
  /** The recipient wants no marketing; or has not written for 24 hours, and it was to be sent only then. */
  | { readonly kind: 'opted_out' | 'window_closed' };

/** What a worker holds of one job. */
export interface Activation {
  readonly channel: ChannelRef;
  readonly messageId: MessageId;
  readonly generation: number;
}

export type CancelResult =
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'too_late'; readonly status: string }
  | { readonly kind: 'unknown' };

export interface StatusInput {
  readonly externalId: ExternalId;
  readonly messageId: MessageId | null;
  readonly status: 'submitted' | 'sent' | 'delivered' | 'read' | 'played' | 'failed';
  /** By the provider's clock. */
  readonly atMs: number;
  readonly failure?: Failed | undefined;
  readonly pricing?: Readonly<Record<string, unknown>> | undefined;
  /** What the provider said besides; the event tells it for 8 days. */
  readonly more?: unknown;
}

export type StatusResult =
  /** The status moved; or it was known already, or is older than what is known. `now` is the message's status after it. */
  | {
      readonly kind: 'applied' | 'repeat';
      readonly messageId: MessageId;
      readonly generation: number;
      readonly now: Status;
      /** It has been erased: whoever told of it may not keep what was told. */
      readonly isErased?: boolean;
      /** It failed late and is tried again, as a new generation: who waits with it. */
      readonly later?: LaterStill;
    }
  /** No message with that id yet: kept, in case its send is still being recorded. */
  | { readonly kind: 'unmatched' };

export interface ListQuery {
  readonly recipient?: Recipient | undefined;
  readonly externalId?: ExternalId | undefined;
  /** Exclusive: continue with messages older than this one. */
  readonly before?: MessageId | undefined;
  readonly limit: number;
}

export interface SweepOptions {
  readonly idleMs: number;
  readonly heldGraceMs: number;
  /** What becomes of a held message after the grace time. */
  readonly heldPolicy: 'hold' | 'resend';
  readonly nowMs: number;
}

/** What a sweep did, counted. */
export interface Swept {
  readonly readded: number;
  readonly expired: number;
  readonly passed: number;
  readonly resent: number;
  readonly ended: number;
}

/** What happened to each message of each channel. Every method is one round trip to Redis, except where it says more. */
export interface Ledger extends HeldLedger, RecipientLedger, KeepingLedger, ErasingLedger {
  /** Accepts a message: record, place in its conversation, job if it is the head; all or nothing, and once. */
  readonly accept: (channel: ChannelRef, input: AcceptInput) => Promise<AcceptResult>;
  /** The job of a message with `sendAt` came due: it joins the tail of its conversation. */
  readonly join: (activation: Activation) => Promise<void>;
  /** The intent, right before the call. `pace` is the recipient's token bucket. */
  readonly claim: (
    activation: Activation,
    pace: { readonly everyMs: number; readonly burst: number } | null,
    options?: ClaimOptions,
  ) => Promise<ClaimResult>;
  /** The result, right after the call. */
  readonly record: (
    activation: Activation,
    token: string,
    disposition: Disposition<ExternalId>,
    exchange: Exchange,
  ) => Promise<RecordResult>;
  readonly status: (channel: ChannelRef, input: StatusInput) => Promise<StatusResult>;
  /** Keeps channel news, what was not recognised, or how an onboarding ended, once per `fingerprint`. */
  readonly note: (
    channel: ChannelRef,
    type:
      | 'channel.news'
      | 'webhook.unrecognised'
      | 'onboarding.finished'
      | 'onboarding.failed'
      | 'media.delivered'
      | 'media.failed',
    fingerprint: string,
    data: unknown,
  ) => Promise<{ readonly kind: 'noted' | 'repeat' }>;
  readonly cancel: (channel: ChannelRef, id: MessageId) => Promise<CancelResult>;
  /** Starts a new generation of a failed message at the tail of its conversation. `generation` is the one that failed. */
  readonly replay: (
    channel: ChannelRef,
    id: MessageId,
    generation: number,
    by: string,
  ) => Promise<{ readonly kind: 'replayed' | 'repeat' | 'unknown' | 'content_gone' | 'not_failed' }>;
  /** `pace` is the recipient's token bucket, to tell whether the message waits for it. */
  readonly get: (
    channel: ChannelRef,
    id: MessageId,
    pace?: { readonly everyMs: number; readonly burst: number } | null,
  ) => Promise<{
    readonly message: MessageView;
    readonly timeline: readonly TimelineEntry[];
    readonly waitsFor: WaitsFor | null;
  } | null>;
  readonly getInbound: (channel: ChannelRef, id: InboundId) => Promise<InboundMessage | null>;
  /** Newest first. */
  readonly list: (channel: ChannelRef, query: ListQuery) => Promise<readonly MessageView[]>;
  /** Oldest first, after `after` (exclusive). The log keeps the newest 100,000 or so of a channel. */
  readonly events: (
    channel: ChannelRef,
    query: { readonly after?: string | undefined; readonly limit: number },
  ) => Promise<readonly EventView[]>;
  /** One event by its pointer, as long as its message is kept. Null for a type of another release. */
  readonly event: (channel: ChannelRef, pointer: EventPointer) => Promise<EventView | null>;
  /** The provider's id of a message we sent or received, to quote it or react to it. */
  readonly externalIdOf: (channel: ChannelRef, id: MessageId | InboundId) => Promise<ExternalId | null>;
  /**
   * Gives heads without a job their job back, ends what expired, and after the grace time lets followers pass a held head, or sends
   * it again once, by policy. What has been held for 30 days is given up. Returns what it did.
   */
  readonly sweep: (channel: ChannelRef, options: SweepOptions) => Promise<Swept>;
  /**
   * Failures that no job and no webhook deals with: told before the answer was recorded, or ended by a sweep. Applies them; what
   * is left (a dead letter, a pause) is the caller's, who then says `dealtWith`. Up to 500 a call.
   */
  readonly late: (channel: ChannelRef) => Promise<readonly LateFailure[]>;
  readonly dealtWith: (channel: ChannelRef, failure: LateFailure) => Promise<void>;
  /** Lets a channel wait that long, because it, or another one of its account, was asked to; or because there is no token. Only ever extended. */
  readonly wait: (channel: ChannelRef, why: 'throttle' | 'token', ms: number) => Promise<void>;
  /**
   * Ends what waits in a channel that goes away, or only what is held (`held`); each becomes one of `late`. Up to 500 messages are looked at,
   * newest first: `next` goes on from there, null at the end. `open`: conversations that still have messages.
   */
  readonly bury: (
    channel: ChannelRef,
    options: { readonly what: 'all' | 'held'; readonly after: string | null; readonly by: string },
  ) => Promise<{ readonly next: string | null; readonly buried: number; readonly open: number; readonly late: number }>;
  /**
   * Which run of which server keeps the channel now ('': it does not say). If it is another one than at the last look of anybody, no claim of
   * the channel is granted for `quarantineMs`.
   */
  readonly lookAtServer: (
    channel: ChannelRef,
    quarantineMs: number,
  ) => Promise<{ readonly runId: string; readonly hasChanged: boolean }>;
  /**
   * A worker tells of a claim of its own, which Redis may have lost. `open`: it stands, record its result; `evidence`: the claim is
   * not ours any more, but record that the provider has the message; else nothing is to be done.
   */
  readonly restore: (
    activation: Activation,
    claim: { readonly token: string; readonly attempt: number; readonly isOut: boolean },
  ) => Promise<{ readonly kind: 'kept' | 'open' | 'evidence' | 'lost' }>;
  /**
   * After an older copy of Redis was restored: holds every message that was waiting in it and may have gone out since. `atMs` is the
   * time of the copy. Returns how many; with `dryRun` it only counts. One round trip for each 500 messages of the channel.
   */
  readonly recover: (
    channel: ChannelRef,
    options: { readonly atMs: number; readonly dryRun: boolean; readonly by: string },
  ) => Promise<{ readonly held: number }>;
  /** Opens, drains or closes a channel, where accept and claim look. That one is gone is remembered for 31 days. */
  readonly setState: (channel: ChannelRef, state: 'open' | 'draining' | 'gone') => Promise<void>;
}
