import type { ChannelId, Content, Lane, MessageId, ProviderId, Recipient, TenantId } from '@posthorn/message';
import type { Provider } from '@posthorn/provider';
import type { Clock } from '@posthorn/runtime';
import type { SubmissionFiles } from './check-files.ts';
import type { GateDeps } from './gate.ts';

/** What submission must know of a channel. */
export interface SubmissionChannel {
  readonly id: ChannelId;
  readonly tenantId: TenantId;
  readonly provider: ProviderId;
  /** As the provider's check takes them. */
  readonly settings?: unknown;
  /** What becomes of free text outside the service window, unless the request says. Absent: it is tried. */
  readonly window?: 'refuse' | 'try' | undefined;
}

/** What is handed over for good: times in milliseconds since 1970. */
export interface MessageToAccept {
  readonly id: MessageId;
  readonly tenantId: TenantId;
  readonly lane: Lane;
  readonly ordered: boolean;
  readonly sealed: {
    readonly to: Recipient;
    readonly content: Content;
    readonly replyTo?: string | undefined;
    readonly callbackData?: string | undefined;
  };
  readonly sendAt: number | null;
  /** Null: the ledger's default. */
  readonly expiresAt: number | null;
  readonly traceparent: string | null;
  /** Refused where the recipient wants no marketing. */
  readonly isMarketing: boolean;
  /** Refused where the recipient's service window is closed. */
  readonly needsWindow: boolean;
}

/** A key that a producer used, and what stands behind it. */
export interface Reservation {
  readonly id: MessageId;
  /** Of the request, so that another one under the same key is recognised. */
  readonly fingerprint: string;
}

/** Idempotency keys of tenants. */
export interface Reservations {
  /** Keeps `wanted` under the key unless something stands there already; gives back what stands. Atomic. */
  readonly reserve: (tenantId: TenantId, key: string, wanted: Reservation, ttlMs: number) => Promise<Reservation>;
  readonly find: (tenantId: TenantId, key: string) => Promise<Reservation | null>;
}

/** What submission needs. Whatever of it throws (Redis is away), `submit` throws. */
export interface SubmissionDeps extends GateDeps {
  /** Null if there is no such channel. */
  readonly channelOf: (id: ChannelId) => SubmissionChannel | null;
  readonly providerOf: (
    id: ProviderId,
  ) => Pick<Provider, 'title' | 'capabilities' | 'check' | 'checkReply' | 'files'> | null;
  /** How a channel reads recipients that are not in our form; null where only our form counts. */
  readonly recipientReaderOf: (channel: SubmissionChannel) => ((given: string) => Recipient | null) | null;
  /** Durable once it resolves; once per id: the same id again is a `repeat`, whatever the channel's state by then. */
  readonly accept: (
    channel: { readonly id: ChannelId; readonly provider: ProviderId },
    message: MessageToAccept,
  ) => Promise<{ readonly kind: 'accepted' | 'repeat' | 'closed' | 'expired' | 'opted_out' | 'window_closed' }>;
  /** Absent: messages name no stored files here. */
  readonly files?: SubmissionFiles;
  readonly reservations: Reservations;
  /** 26 characters of Crockford base 32, growing. */
  readonly newUlid: () => string;
  readonly clock: Clock;
}
