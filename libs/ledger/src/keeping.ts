import type { ChannelRef } from './ledger.ts';
import type { EventPointer } from './message-view.ts';

/**
 * The ledger's part for how long content is kept, where a tenant says so. What it means for each kind of content is in
 * `docs/operations/privacy.md`.
 */
export interface KeepingLedger {
  /** From now on; null: the defaults. `behind`: what ended before may be there for longer, and `keepOlder` has work. */
  readonly keepContent: (channel: ChannelRef, keptMs: number | null) => Promise<'in_line' | 'behind'>;
  /** Shortens what is left of content that ended before. One round trip for each 500 messages; repeated, it begins again. */
  readonly keepOlder: (channel: ChannelRef) => Promise<void>;
  /** `who` was told of an event, or never will be. Once all who want it are through, what it tells need not be kept for it. */
  readonly told: (
    channel: ChannelRef,
    event: Pick<EventPointer, 'position' | 'type' | 'ulid'>,
    who: string,
    all: readonly string[],
  ) => Promise<void>;
}
