import type { Content, ContentType, ExternalId, MessageId, ProviderId, Recipient } from '@posthorn/message';
import type { SendOutcome } from '@posthorn/outcome';
import type { HttpReply, HttpRequest } from '@posthorn/runtime';
import type { WebhookCall, WebhookUpdate } from './webhook.ts';

/** Something wrong with what a caller gave, and where: `pointer` is a JSON Pointer from the value that was checked. */
export interface Fault {
  readonly pointer: string;
  /** What was expected, what came, what to do. Holds nothing of the value. */
  readonly detail: string;
}

/** A message ready to go: its references are the provider's ids by now. */
export interface OutgoingMessage {
  readonly id: MessageId;
  readonly to: Recipient;
  readonly content: Content;
  /** The message it quotes. */
  readonly replyTo: ExternalId | null;
  /** The message it reacts to, for reactions. */
  readonly reactionTo: ExternalId | null;
}

/** How fast a sender may go. Null: the provider has no such limit, or another one keeps it. */
export interface Pace {
  /** Messages per second of one channel. */
  readonly channelPerSecond: number | null;
  /** Messages to one recipient: a token bucket of `burst` tokens, one more each `everyMs`. */
  readonly conversation: { readonly everyMs: number; readonly burst: number } | null;
}

/** What a provider can do: pure data, for tables and for clients. */
export interface Capabilities {
  readonly content: ReadonlySet<ContentType>;
  readonly replyTo: boolean;
  /** It recognises a repeated request by our id, so a repeat is never a duplicate. */
  readonly idempotent: boolean;
  readonly statuses: ReadonlySet<'sent' | 'delivered' | 'read' | 'played' | 'failed'>;
}

/** A provider with the settings of one channel. Pure: whoever holds it makes the calls. */
export interface ConnectedChannel {
  /** The names by which this channel's webhooks call it (phone number id, account id). Not secret, not personal. */
  readonly addresses: readonly string[];
  /** All channels of one account at the provider share limits and credentials. */
  readonly account: string;
  readonly pace: Pace;
  readonly toRequest: (message: OutgoingMessage) => HttpRequest;
  /** The answer to the provider's handshake (a GET on the webhook's address), or null where proof is missing or wrong. */
  readonly handshake: (query: Readonly<Record<string, string>>) => { readonly body: string } | null;
  /** Whether the call proves that it comes from the provider. In constant time; false without a secret. */
  readonly verifies: (call: WebhookCall) => boolean;
}

/** Everything posthorn knows of one provider. */
export interface Provider {
  readonly id: ProviderId;
  /** Its name for people. */
  readonly title: string;
  readonly capabilities: Capabilities;
  /** Checks content against the provider's limits before accept. Pointers start at the content. Empty: it may go. */
  readonly check: (content: Content) => readonly Fault[];
  /** Reads the settings of a channel. Pointers start at the settings; no detail shows a value. */
  readonly connect: (
    settings: unknown,
  ) =>
    | ({ readonly kind: 'connected' } & ConnectedChannel)
    | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };
  /** What an answer means. Total: any reply has an outcome. */
  readonly toOutcome: (reply: HttpReply, nowMs: number) => SendOutcome<ExternalId>;
  /** What a webhook says. Total: nothing throws, nothing is lost; what it does not know is `unrecognised`. */
  readonly parse: (call: WebhookCall, nowMs: number) => readonly WebhookUpdate[];
}
