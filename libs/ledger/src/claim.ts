import type { FailureCode } from '@posthorn/outcome';
import type { SealedContent } from './message-view.ts';

/** What became of a claim: the intent, marked right before the call. */
export type ClaimResult =
  /** Send it now. `token` must come with the record. */
  | {
      readonly kind: 'go';
      readonly token: string;
      readonly attempt: number;
      readonly waits: number;
      /** How many of the ids made from ours the provider has used up for certain: by refusals, and by failures it told later. */
      readonly spentIds: number;
      readonly sealed: SealedContent;
    }
  /** It names files that the provider must know first: make them ready, and claim again. Null: its content cannot be read. */
  | { readonly kind: 'prepare'; readonly sealed: SealedContent | null }
  /** Not now; no attempt is spent. */
  | {
      readonly kind: 'wait';
      readonly waitMs: number;
      /** Redis was restarted or another took over: write back what is known of the last claims. */
      readonly quarantined?: boolean;
    }
  /** Its place in the channel's pace, at most 250 ms ahead: claim again in `waitMs`, with `slotMs`. */
  | { readonly kind: 'slot'; readonly slotMs: number; readonly waitMs: number }
  /** Nothing to do any more: settled, cancelled, expired, replayed, or not its turn. */
  | { readonly kind: 'settled' }
  /** It was recorded as dead, or is now, because they opted out meanwhile; the job must end so. */
  | { readonly kind: 'dead'; readonly code: FailureCode }
  /** An open claim was found: a worker died in between, or lost its lock. It is held now. */
  | { readonly kind: 'held' }
  /** Its content is gone, or its sealing key is not on the ring. */
  | { readonly kind: 'unreadable'; readonly token: string; readonly attempt: number };

/** What else a claim looks at. */
export interface ClaimOptions {
  /** The files that the message names are known to the provider. */
  readonly filesAreReady?: boolean;
  /** ms between two sends of the channel; 0, or left out: they are not kept apart. */
  readonly spacingMs?: number;
  /** The slot that an earlier claim of this activation was given. It counts, late or not, while the channel is no more than 25 ms ahead of its pace. */
  readonly slotMs?: number | null;
}

/** How a provider call went, for the timeline. */
export interface Exchange {
  readonly attempt: number;
  readonly durationMs: number;
  /** What the provider said besides; no personal data. */
  readonly note?: string | undefined;
}

export type RecordResult =
  | { readonly kind: 'recorded' }
  /** The claim was no longer ours: the result was kept as evidence only. */
  | { readonly kind: 'stale' };
