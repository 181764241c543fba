import type { Content, ContentType, ExternalId, MessageId, ProviderId, Recipient } from '@posthorn/message';
import type { ProviderProblem, SendOutcome } from '@posthorn/outcome';
import type { HttpReply, HttpRequest } from '@posthorn/runtime';
import type {
  NewSecret,
  ProviderTalk,
  Registration,
  SettingQuestion,
  Verdict,
  WebhookTarget,
} from './channel-operations.ts';
import type { ProviderOnboarding } from './onboarding.ts';
import type { FileRules, MediaCalls } from './media.ts';
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
  /**
   * How many ids made from ours the provider has used up for certain: it refused them, or told later that they failed; 0 where
   * absent. A provider that recognises repeats by our id would take the next try for one: so it goes out under another id, and
   * a repeat that may be a duplicate under the same.
   */
  readonly spentIds?: number;
}

/** A message of which nobody knows whether it went out. Times in milliseconds since 1970, by our clock. */
export interface LostMessage {
  readonly message: OutgoingMessage;
  /** When the call began that got no answer. */
  readonly calledAtMs: number;
}

/** What a look-up of a lost message says. */
export type LookUpAnswer =
  /**
   * Messages that may be it, by their ids at the provider. `certain`: the provider knows it by our id; else its sender, recipient,
   * content and time fit, and it is it only if it is the only one that belongs to no other message.
   */
  | { readonly kind: 'hits'; readonly externalIds: readonly ExternalId[]; readonly certain: boolean }
  /** It tells nothing: no such message (yet), more than can be told apart, or no answer. */
  | { readonly kind: 'nothing'; readonly why: string };

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
  /** What people can be shown of their messages; absent: nothing. */
  readonly receipts?: ReadonlySet<keyof Receipts>;
}

/** What a token call said. */
export type TokenOutcome =
  /** A token, and how long it lives from the moment before the request, in ms. */
  | { readonly kind: 'issued'; readonly token: string; readonly lifeMs: number }
  /** The issuer refuses these credentials: nothing changes until someone stores new ones. */
  | { readonly kind: 'refused'; readonly problem: ProviderProblem }
  /** It may work later. */
  | { readonly kind: 'unavailable'; readonly problem: ProviderProblem | null };

/** How a channel gets tokens that expire. Pure: whoever holds it makes the call. */
export interface TokenSource {
  readonly request: HttpRequest;
  readonly toToken: (reply: HttpReply) => TokenOutcome;
}

/** One call to a provider, and what its answer means. Pure: whoever holds it makes the call. */
export interface ProviderCall<Result> {
  readonly request: HttpRequest;
  /** Total: any reply means something. */
  readonly read: (reply: HttpReply) => Result;
}

/** What a receipt's call said. */
export type ReceiptOutcome =
  | { readonly kind: 'told' }
  /** It may work later: after so many ms at least. */
  | { readonly kind: 'later'; readonly afterMs: number; readonly problem: ProviderProblem | null }
  /** The provider refuses this token: another one may do. */
  | { readonly kind: 'unauthorised'; readonly problem: ProviderProblem | null }
  | { readonly kind: 'refused'; readonly problem: ProviderProblem | null };

/** Read receipts and typing. */
export interface Receipts {
  /** How a message is marked as read; null: the provider cannot. `token` is the stored one, null where the channel has no `tokens`. */
  readonly read: ((inbound: ReceiptTarget, token: string | null) => ProviderCall<ReceiptOutcome>) | null;
  /** How the person sees that an answer is being typed; it may mark the message as read, too. */
  readonly typing: ((inbound: ReceiptTarget, token: string | null) => ProviderCall<ReceiptOutcome>) | null;
}

/** A message of a person, in the provider's names. */
export interface ReceiptTarget {
  readonly externalId: ExternalId;
  readonly from: string;
}

/** A webhook path of an older system that keeps working: a route pattern (`/a/:b`), and how its call names the channel. */
export interface WebhookAlias {
  readonly path: string;
  /** By id, or by labels that must all match; null if the call names none. */
  readonly channel: (
    params: Readonly<Record<string, string>>,
    query: Readonly<Record<string, string>>,
  ) => { readonly id: string } | { readonly labels: Readonly<Record<string, string>> } | null;
}

/** A channel of an older system, told in our terms. */
export type OldChannel =
  | { readonly kind: 'read'; readonly id: string; readonly settings: Readonly<Record<string, unknown>> }
  /** Pointers start at the document. No detail shows a value. */
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };

/** A provider with the settings of one channel. Pure: whoever holds it makes the calls. */
export interface ConnectedChannel {
  /**
   * The names by which this channel's webhooks call it (phone number id, account id). Not secret, not personal. Empty where
   * they name none: all they say is for the channel whose address was called.
   */
  readonly addresses: readonly string[];
  /** All channels of one account at the provider share limits and credentials. */
  readonly account: string;
  readonly pace: Pace;
  /** How it gets tokens that expire; null where its credentials last. */
  readonly tokens: TokenSource | null;
  /** The call that sends a message. `token` is the stored one, null where `tokens` is. */
  readonly toRequest: (message: OutgoingMessage, token: string | null) => HttpRequest;
  /**
   * The call that looks for a lost message. Null: this one cannot be looked for, because what the provider shows of it would not
   * tell it from others. Absent: the provider has no such call.
   */
  readonly lookUp?: (lost: LostMessage, token: string | null) => ProviderCall<LookUpAnswer> | null;
  /** In place of the provider's, where the meaning of an answer depends on the settings or on what was asked. Total, too. */
  readonly toOutcome?: (reply: HttpReply, nowMs: number, request: HttpRequest) => SendOutcome<ExternalId>;
  /**
   * Reads a recipient that is not in our form, where callers of an older system wrote numbers otherwise: without a country code, which
   * is the channel's default one then. Null: it is none. Absent: only our form is taken.
   */
  readonly toRecipient?: (given: string) => Recipient | null;
  /** The calls that tell a person their message was read, or that an answer is being typed. Absent: the provider has none. */
  readonly receipts?: Receipts;
  /** The version of the provider's API that this channel speaks, where it has versions. */
  readonly apiVersion?: string;
  /** The calls about files. Absent: the provider has none; it fetches what is sent from its address. */
  readonly media?: MediaCalls;
  /** The answer to the provider's handshake (a GET on the webhook's address), or null where proof is missing or wrong. */
  readonly handshake: (query: Readonly<Record<string, string>>) => { readonly body: string } | null;
  /** Whether the call proves that it comes from the provider. In constant time; false without a secret. */
  readonly verifies: (call: WebhookCall) => boolean;
  /**
   * A cheap call that proves the credentials and changes nothing. Absent where no such call is known: then a token that is issued
   * (`tokens`) is the proof.
   */
  readonly verify?: (token: string | null) => ProviderCall<Verdict>;
  /** Tells the provider where its webhooks go, and whatever else a new channel needs there. Can be repeated. */
  readonly registerWebhook?: (target: WebhookTarget, token: string | null) => ProviderTalk<Registration>;
}

/** Everything posthorn knows of one provider. */
export interface Provider {
  readonly id: ProviderId;
  /** Its name for people. */
  readonly title: string;
  readonly capabilities: Capabilities;
  /**
   * Checks content against the provider's limits before accept. Pointers start at the content. Empty: it may go. `settings` are
   * the channel's, as they are stored, where what is possible depends on them (the version of an API).
   */
  readonly check: (content: Content, settings?: unknown) => readonly Fault[];
  /**
   * Where `capabilities.replyTo` does not hold for each content and each channel: why this one cannot quote a message, in words for
   * the caller, or null where it can.
   */
  readonly checkReply?: (content: Content, settings?: unknown) => string | null;
  /** Reads the settings of a channel. Pointers start at the settings; no detail shows a value. */
  readonly connect: (
    settings: unknown,
  ) =>
    | ({ readonly kind: 'connected' } & ConnectedChannel)
    | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };
  /** What files it takes. Absent: it tells nothing of that, so nothing is refused before. */
  readonly files?: FileRules;
  /** What a person is asked for a new channel. Settings that are not asked have good defaults. */
  readonly questions: readonly SettingQuestion[];
  /**
   * Secrets that are ours to choose, as a change of the settings (RFC 7396): those that are lacking, or with `rotate` new ones, before which the
   * former stay good. The provider is told them by `registerWebhook`.
   */
  readonly ownSecrets: (
    settings: unknown,
    newSecret: NewSecret,
    options: { readonly rotate: boolean },
  ) => Readonly<Record<string, unknown>>;
  /** Settings that `registerWebhook` adds: they stay where a channel is put again without them. */
  readonly madeByConnect?: readonly string[];
  readonly webhookAliases: readonly WebhookAlias[];
  /** Reads a channel in the form of the system that posthorn replaces. Null: it is not of that form. */
  readonly readOldChannel?: (document: unknown) => OldChannel | null;
  /** How numbers get connected by a code of the provider's sign-up. Absent: channels are added with their credentials only. */
  readonly onboarding?: ProviderOnboarding;
  /** What an answer means. Total: any reply has an outcome. */
  readonly toOutcome: (reply: HttpReply, nowMs: number) => SendOutcome<ExternalId>;
  /** What a webhook says. Total: nothing throws, nothing is lost; what it does not know is `unrecognised`. */
  readonly parse: (call: WebhookCall, nowMs: number) => readonly WebhookUpdate[];
}
