import type { Access, ContentRetention, Tenants, TenantWords } from '@posthorn/access';
import type { ChannelRegistry } from '@posthorn/channel';
import type { ChannelAdmin } from '@posthorn/channel-admin';
import type { Erasures } from '@posthorn/erasure';
import type { Ledger } from '@posthorn/ledger';
import type { OpenedMedia } from '@posthorn/media';
import type { ChannelId, ProviderId } from '@posthorn/message';
import type { Provider, WebhookCall } from '@posthorn/provider';
import type { Clock, Log, Metrics, Probes } from '@posthorn/runtime';
import type { ReceiptJob } from '@posthorn/queue';
import type { Submission } from '@posthorn/submission';
import type { Onboardings } from '@posthorn/worker';
import type { InboundFiles } from './media/inbound-files.ts';
import type { ConnectChannel } from '@posthorn/admission';
import type { OpenedEvents } from './subscriptions/open-events.ts';
import type { WebhookTargets } from './webhook-targets.ts';

/** A webhook call that proved where it comes from. */
export interface VerifiedCall {
  readonly provider: ProviderId;
  readonly channelId: ChannelId;
  readonly call: WebhookCall;
  /** Milliseconds since 1970. */
  readonly receivedAtMs: number;
  /** W3C trace context, to go on in the worker. */
  readonly traceparent: string | null;
}

/** A webhook call that came before the channels were known: whether it proves anything is found out later. */
export interface UnverifiedCall extends Omit<VerifiedCall, 'provider' | 'channelId'> {
  /** The pattern of the address, and what stood in its places. */
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Where webhooks are kept until they are interpreted. */
export interface WebhookInbox {
  /** Durable once it resolves: in Redis, or on local disk. Throws when it could not be kept: the provider is then told to repeat. */
  readonly store: (call: VerifiedCall) => Promise<'stored' | 'spooled'>;
  /** Keeps a call that cannot be checked yet. False: there is no place for it. */
  readonly storeUnverified: (call: UnverifiedCall) => Promise<boolean>;
}

/** Bounds of what is taken from outside. */
export interface IngressLimits {
  readonly messageBytesMax: number;
  readonly batchBytesMax: number;
  readonly webhookBytesMax: number;
  /** How long a request may take to arrive in full, and how long a file may pause. */
  readonly requestTimeoutMs: number;
  readonly mediaBytesMax: number;
  /** How long a file may take to arrive. */
  readonly uploadTimeoutMs: number;
}

/** What the HTTP side needs. */
export interface IngressDeps {
  readonly access: Pick<Access, 'authenticate'>;
  readonly tenantWords: TenantWords;
  readonly tenants: Pick<Tenants, 'get' | 'set'>;
  readonly retention: Pick<ContentRetention, 'ofFiles'>;
  readonly erasures: Erasures;
  readonly channels: Pick<ChannelRegistry, 'get' | 'list' | 'isLoaded' | 'refresh'>;
  readonly channelAdmin: ChannelAdmin;
  readonly targets: WebhookTargets;
  readonly connect: ConnectChannel;
  readonly ledger: Pick<
    Ledger,
    'get' | 'list' | 'cancel' | 'events' | 'getInbound' | 'recipient' | 'opt' | 'keepContent'
  >;
  readonly submission: Submission;
  readonly onboardings: Onboardings;
  /** Durable once it resolves. */
  readonly planReceipt: (provider: ProviderId, job: ReceiptJob) => Promise<void>;
  readonly intake: WebhookInbox;
  readonly files: OpenedMedia;
  readonly inboundFiles: InboundFiles;
  readonly events: OpenedEvents;
  readonly providerById: ReadonlyMap<string, Provider>;
  readonly probes: Probes;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: IngressLimits;
  /** Where the outside reaches us, for the API description. Null: wherever it is read from. */
  readonly publicUrl: string | null;
  /** Addresses and CIDR ranges of proxies whose X-Forwarded-* headers are believed. */
  readonly trustProxy: readonly string[];
}

/** Meta sends webhooks of up to 3 MB (read 2026-11). */
export const defaultLimits: IngressLimits = {
  messageBytesMax: 1024 * 1024,
  batchBytesMax: 8 * 1024 * 1024,
  webhookBytesMax: 4 * 1024 * 1024,
  requestTimeoutMs: 10_000,
  mediaBytesMax: 100 * 1024 * 1024,
  uploadTimeoutMs: 600_000,
};
