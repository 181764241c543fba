import type { ExternalId, MessageId } from '@posthorn/message';
import type { Activation, ChannelRef } from './ledger.ts';
import type { MessageView } from './message-view.ts';

/** A message of which nobody knows whether it went out. */
export interface HeldMessage {
  readonly message: MessageView;
  /** When its call began, in milliseconds since 1970. */
  readonly calledAt: number;
  /** Whether later messages of its conversation still wait for it. */
  readonly blocks: boolean;
  readonly spentIds: number;
  readonly lookUps: number;
  readonly lookedUpAt: number | null;
}

/** Who acts on a held message, and why. */
export interface HeldAction {
  readonly by: string;
  readonly why?: string | undefined;
}

export type ReleaseResult =
  | { readonly kind: 'released' | 'unknown' | 'content_gone' }
  /** Evidence, or someone else, was first. */
  | { readonly kind: 'not_held'; readonly status: string };

export type DiscardResult =
  /** Now, or before by another call. It is dead; its letter is the caller's. */
  | { readonly kind: 'discarded'; readonly generation: number }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not_held'; readonly status: string };

/** What becomes of messages that nobody knows the outcome of. */
export interface HeldLedger {
  /** Those held longest first. */
  readonly held: (
    channel: ChannelRef,
    range: { readonly from: number; readonly count: number },
  ) => Promise<{ readonly total: number; readonly messages: readonly HeldMessage[] }>;
  /**
   * Sends it again, as a new generation that may be a duplicate: at its place if its conversation still waits for it, else at
   * the tail, marked as out of order.
   */
  readonly release: (channel: ChannelRef, id: MessageId, action: HeldAction) => Promise<ReleaseResult>;
  /** Gives it up as failed (`outcome_unknown`). */
  readonly discard: (channel: ChannelRef, id: MessageId, action: HeldAction) => Promise<DiscardResult>;
  /** The provider has it under that id: it is submitted. Statuses that came early are applied. */
  readonly settleHeld: (activation: Activation, externalId: ExternalId, note: string) => Promise<void>;
  /** A look-up that settled nothing, for the timeline. */
  readonly noteLookUp: (activation: Activation, note: string) => Promise<void>;
  /** Which of these ids at the provider belong to a message of this channel. */
  readonly known: (channel: ChannelRef, externalIds: readonly ExternalId[]) => Promise<ReadonlySet<ExternalId>>;
}
