import type { Access } from '@posthorn/access';
import type { ChannelRegistry } from '@posthorn/channel';
import type { Ledger } from '@posthorn/ledger';
import type { ChannelId, ProviderId } from '@posthorn/message';
import type { Provider, WebhookCall } from '@posthorn/provider';
import type { Clock, Log, Metrics, Probes } from '@posthorn/runtime';
import type { Submission } from '@posthorn/submission';
import type { ConnectChannel } from './connect-channels.ts';

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

/** Where webhooks are kept until they are interpreted. */
export interface WebhookInbox {
  /** Durable once it resolves. Throws when it could not be stored: the provider is then told to repeat. */
  readonly store: (call: VerifiedCall) => Promise<void>;
}

/** Bounds of what is taken from outside. */
export interface IngressLimits {
  readonly messageBytesMax: number;
  readonly batchBytesMax: number;
  readonly batchItemsMax: number;
  readonly webhookBytesMax: number;
  /** How long a request may take to arrive in full. */
  readonly requestTimeoutMs: number;
}

/** What the HTTP side needs. */
export interface IngressDeps {
  readonly access: Pick<Access, 'authenticate'>;
  readonly channels: Pick<ChannelRegistry, 'get' | 'list'>;
  readonly connect: ConnectChannel;
  readonly ledger: Pick<Ledger, 'get' | 'list' | 'cancel' | 'events' | 'getInbound'>;
  readonly submission: Submission;
  readonly intake: WebhookInbox;
  readonly providerById: ReadonlyMap<string, Provider>;
  readonly probes: Probes;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: IngressLimits;
  /** Where the outside reaches us, for the API description. Null: wherever it is read from. */
  readonly publicUrl: string | null;
}

/** Meta sends webhooks of up to 3 MB (read 2026-11). */
export const defaultLimits: IngressLimits = {
  messageBytesMax: 1024 * 1024,
  batchBytesMax: 8 * 1024 * 1024,
  batchItemsMax: 1000,
  webhookBytesMax: 4 * 1024 * 1024,
  requestTimeoutMs: 10_000,
};
