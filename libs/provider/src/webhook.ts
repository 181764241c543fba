import type { ExternalId, InboundMessage, MessageId } from '@posthorn/message';
import type { Failed } from '@posthorn/outcome';

/** A webhook call as it arrived. Header names are lower case. */
export interface WebhookCall {
  /** The address as the provider called it, from the public base on, query included: some signatures cover it. */
  readonly url: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/**
 * Statuses that a provider tells. `submitted` is one of a message that it has and has not sent yet: it settles a lost answer.
 * `deleted` and others it may tell are news, not statuses.
 */
export type ToldStatus = 'submitted' | 'sent' | 'delivered' | 'read' | 'played' | 'failed';

/** A message's state changed at the provider. */
export interface StatusUpdate {
  readonly kind: 'status';
  /** The address it is for, see `ConnectedChannel.addresses`; null: the channel that was called. */
  readonly address: string | null;
  readonly externalId: ExternalId;
  /** Our own id, where the provider gave it back. */
  readonly messageId: MessageId | null;
  readonly status: ToldStatus;
  /** When it happened, by the provider's clock: milliseconds since 1970. */
  readonly atMs: number;
  /** Why it failed. */
  readonly failure?: Failed;
  /** Price, category and the like, in the provider's terms. No personal data. */
  readonly pricing?: Readonly<Record<string, unknown>>;
  /** What the provider told besides, in its own terms. May hold personal data: never logged. */
  readonly more?: unknown;
}

/** Someone wrote to the channel. */
export interface MessageUpdate {
  readonly kind: 'message';
  readonly address: string | null;
  readonly message: Omit<InboundMessage, 'id' | 'channelId' | 'receivedAt'>;
}

/** Something about the channel or its account: templates, quality, limits, preferences. */
export interface NewsUpdate {
  readonly kind: 'news';
  readonly address: string | null;
  /** In the provider's terms: `message_template_status_update`. */
  readonly topic: string;
  /** When it happened, by the provider's clock, where it told. */
  readonly atMs?: number;
  readonly data: unknown;
  /** What recipients want of marketing, where it is news of that. */
  readonly preferences?: readonly MarketingPreference[];
}

/** Someone set in WhatsApp whether they want marketing of this sender. */
export interface MarketingPreference {
  /** In our form, as recipients of messages are. */
  readonly recipient: string;
  readonly marketing: 'out' | 'in';
  /** By the provider's clock; null: not told. */
  readonly atMs: number | null;
}

/** Kept and reported, because we do not know it. */
export interface UnrecognisedUpdate {
  readonly kind: 'unrecognised';
  readonly address: string | null;
  /** What was expected and what came; no values. */
  readonly why: string;
  readonly data: unknown;
}

/** One thing that a webhook said. */
export type WebhookUpdate = StatusUpdate | MessageUpdate | NewsUpdate | UnrecognisedUpdate;
