import type { InboundId, InboundMessage, Recipient } from '@posthorn/message';
import type { ChannelRef } from './ledger.ts';

/** Who says that a recipient wants no marketing: a word of theirs, the provider's refusal or its preference, or a person of ours. */
export type OptOutSource = 'word' | 'provider' | 'preference' | 'api';

/** What is known of a recipient of a channel. Times in milliseconds since 1970. */
export interface RecipientView {
  /** Until when free text may be sent: 24 hours after they last wrote. Null: only templates. */
  readonly windowUntil: number | null;
  /** They want no marketing, since then. */
  readonly optedOut: { readonly since: number; readonly source: OptOutSource } | null;
}

export interface OptOutChange {
  readonly recipient: string;
  readonly what: 'out' | 'in';
  readonly source: OptOutSource;
  /** When they said so: what they said last counts. Null: now. */
  readonly atMs: number | null;
}

/** The ledger's part for who wrote, and who wants no marketing. Recipients are kept as keyed hashes. One round trip each. */
export interface RecipientLedger {
  /** Keeps a received message (`erased`: not, its writer was erased since it came), once: a repeat says the same under the same provider id. `says` what it says of marketing. */
  readonly receive: (
    channel: ChannelRef,
    id: InboundId,
    message: Omit<InboundMessage, 'id' | 'channelId'>,
    says?: 'out' | 'in' | null,
  ) => Promise<{ readonly kind: 'received' | 'repeat' | 'erased' }>;
  readonly recipient: (channel: ChannelRef, recipient: Recipient) => Promise<RecipientView>;
  /** Notes what a recipient said of marketing; told as an event if it changes anything. */
  readonly opt: (channel: ChannelRef, change: OptOutChange) => Promise<RecipientView>;
}
