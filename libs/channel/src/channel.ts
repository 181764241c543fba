import type { ChannelId, OptOutWords, ProviderId, TenantId } from '@posthorn/message';

/** Where files that people send go by themselves. */
export type InboundFiles = { readonly kind: 'store' } | { readonly kind: 'destination'; readonly url: string };

/** One sender account at one provider, with its settings opened. */
export interface Channel {
  readonly id: ChannelId;
  readonly tenantId: TenantId;
  readonly provider: ProviderId;
  /** For people: "Support, Berlin". */
  readonly name: string | null;
  /** Returned in every event; ids of the owner's systems. */
  readonly labels: Readonly<Record<string, string>>;
  /** The provider's own settings, credentials among them. Never shown, never logged. */
  readonly settings: unknown;
  /** Messages per second; null: the provider's default. */
  readonly pacePerSecond: number | null;
  /** After how long a held message lets its followers pass. */
  readonly heldGraceMs: number;
  /** What becomes of it then: it stays for ops, or is sent again once, labelled as a possible duplicate. */
  readonly heldPolicy: 'hold' | 'resend';
  /** Where files that people send go by themselves; absent: nowhere, they are fetched when asked for. */
  readonly inboundFiles?: InboundFiles | undefined;
  /** What people write to get no marketing, or to get it again; absent: as its tenant says. An empty list: none. */
  readonly optOutWords?: OptOutWords | undefined;
  /** What becomes of free text outside the service window; absent: try. */
  readonly window?: 'refuse' | 'try' | undefined;
  /** Grows with every change. */
  readonly version: number;
}

/** What may be given when a channel is added or changed. */
export interface ChannelInput extends Omit<Channel, 'version' | 'heldPolicy'> {
  /** Default: hold. */
  readonly heldPolicy?: Channel['heldPolicy'];
}

/**
 * The channels of an installation, sealed in Redis. Reads come from a copy in memory that follows the registry
 * (looked at every `followMs`); scripts read a channel's state in Redis itself, so a stale copy cannot do harm.
 */
export interface ChannelRegistry {
  /** Null if there is none of that id (or it is not known here yet). */
  readonly get: (id: ChannelId) => Channel | null;
  readonly list: () => readonly Channel[];
  /** Whether the registry was read at all; only where it was opened without one can it be false. */
  readonly isLoaded: () => boolean;
  /** Channels whose provider calls them by this name (phone number id, account id). */
  readonly put: (input: ChannelInput) => Promise<Channel>;
  /** Takes it out and leaves a tombstone: for 31 days, as long as the ledger knows its messages, `isGone`. */
  readonly remove: (id: ChannelId) => Promise<boolean>;
  /** Whether a channel of that id was removed. */
  readonly isGone: (id: ChannelId) => Promise<boolean>;
  /** Looks at the registry now. */
  readonly refresh: () => Promise<void>;
  /** Calls back after every change seen here, and once at the start. Returns how to stop. */
  readonly onChange: (listener: (channels: readonly Channel[]) => void) => () => void;
  readonly close: () => Promise<void>;
}
