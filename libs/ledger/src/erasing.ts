import type { InboundId, MediaId, MessageId } from '@posthorn/message';
import type { ChannelRef } from './ledger.ts';

/** What became of a message that is to be erased. */
export type EraseResult =
  /** Nothing in it tells of its recipient any more. `ended`: it waited and was cancelled, or nobody knew of it and it was given up. */
  | { readonly kind: 'erased'; readonly ended: 'cancelled' | 'failed' | null }
  /** The call to the provider is under way: again, once it has been recorded. */
  | { readonly kind: 'under_way' }
  | { readonly kind: 'unknown' };

/** What an event tells besides, opened. */
export interface EventData {
  readonly position: string;
  /** The 26 characters of the id of what it is about, a message or a received one, as far as the log reaches back. */
  readonly ulid: string | null;
  /** The message it is about was erased. */
  readonly isErased: boolean;
  /** Null: nothing. */
  readonly data: unknown;
}

/** The ledger's part for erasing a person. Recipients are given as they stand in messages. */
export interface ErasingLedger {
  /** What they wrote before `atMs` is not taken any more, wherever it waited (31 days long: providers repeat for 7). */
  readonly markErased: (channel: ChannelRef, recipients: readonly string[], atMs: number) => Promise<void>;
  /** `giveUpMs`: a call that has been under way for so long has lost its worker. */
  readonly erase: (channel: ChannelRef, id: MessageId, giveUpMs: number) => Promise<EraseResult>;
  /** Whether it was there. */
  readonly eraseInbound: (channel: ChannelRef, id: InboundId) => Promise<boolean>;
  /** Forgets service windows, waits and the index of messages up to `atMs`. That they want no marketing stays, as a keyed hash. Returns how many marks. */
  readonly forgetRecipients: (channel: ChannelRef, recipients: readonly string[], atMs: number) => Promise<number>;
  /** Of those positions that are known. */
  readonly eventData: (channel: ChannelRef, positions: readonly string[]) => Promise<readonly EventData[]>;
  readonly eraseEventData: (channel: ChannelRef, positions: readonly string[]) => Promise<void>;
  /** The stored files that messages of the channel name, as long as they have content; page by page. */
  readonly namedFiles: (channel: ChannelRef) => AsyncIterable<ReadonlySet<MediaId>>;
}
