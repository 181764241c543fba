import type { Content, ContentType } from '@posthorn/message';
import type { FailureCode, Scope } from '@posthorn/outcome';
import type { HttpReply, HttpRequest } from '@posthorn/runtime';
import type { Provider } from '../provider.ts';

/** A limit: content of exactly `max` passes, one more is a fault at `pointer`. */
export interface Edge {
  readonly name: string;
  readonly pointer: string;
  readonly max: number;
  /** Content of that size; for texts of that many of `character`, which may be one of two UTF-16 units. */
  readonly of: (size: number, character: string) => Content;
}

/** An answer and what it must mean. */
export interface ReplyRow {
  readonly name: string;
  readonly reply: HttpReply;
  readonly expected: {
    readonly code: FailureCode;
    readonly scope?: Scope;
    readonly delayMs?: number;
    readonly growth?: number;
    readonly attemptsMax?: number;
    readonly mayBeOut?: boolean;
  };
}

/** All that the suite must know of a provider: its settings, its samples, and its documentation as rows. */
export interface ProviderCase {
  readonly provider: Provider;
  /** Settings that connect, with both of `signingSecrets`. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** A stored token, for providers whose tokens expire. */
  readonly token: string | null;
  /** The address that the provider calls. */
  readonly webhookUrl: string;
  /** Settings without which nothing connects. */
  readonly required: readonly string[];
  /** Every credential in the settings, signing secrets included. */
  readonly credentials: readonly string[];
  /** Where every call goes: the start of its address. */
  readonly baseUrl: string;
  /** Where calls that set up a channel may go besides the origin of `baseUrl`. */
  readonly setUpOrigins?: readonly string[];
  /** Whether the request carries the channel's credentials where the provider wants them. */
  readonly isAuthorised: (request: HttpRequest) => boolean;
  readonly samples: readonly { readonly name: string; readonly content: Content }[];
  readonly edges: readonly Edge[];
  /** An answer that accepts a message under `externalId`. */
  readonly accepts: (externalId: string) => HttpReply;
  /** An answer that refuses a message with `words` in every text of it. */
  readonly refuses: (words: string) => HttpReply;
  readonly replies: readonly ReplyRow[];
  /** Statuses after which the provider's own table says to repeat, although the message may be out. Default: none. */
  readonly repeatsAfter?: readonly number[];
  /** The current secret and the one before it. */
  readonly signingSecrets: readonly [current: string, former: string];
  readonly sign: (body: Uint8Array, secret: string) => Readonly<Record<string, string>>;
  /** Where `sign` puts its proof. In the query it is a key, which proves nothing of the body. Default: in headers. */
  readonly provenBy?: 'headers' | 'query';
  readonly webhook: {
    /** How many things one call can tell. `one`: the suite makes a call for each. Default: many. */
    readonly perCall?: 'one' | 'many';
    /** A body with these entries. */
    readonly body: (entries: readonly unknown[]) => Uint8Array;
    /** An entry that is one message or status, told apart by `externalId`. */
    readonly message: (externalId: string) => unknown;
    readonly status: (externalId: string) => unknown;
    /** An entry of a kind that nobody knows, with `marker` somewhere in it. */
    readonly unknown: (marker: string) => unknown;
  };
}

/** Content of each type, in its plainest form. */
export const plainContentByType: Readonly<Record<ContentType, Content>> = {
  text: { type: 'text', body: 'Hello' },
  template: { type: 'template', name: 'hello', language: 'en' },
  image: { type: 'image', url: 'https://files.example.test/a.jpg' },
  video: { type: 'video', url: 'https://files.example.test/a.mp4' },
  audio: { type: 'audio', url: 'https://files.example.test/a.ogg' },
  document: { type: 'document', url: 'https://files.example.test/a.pdf' },
  sticker: { type: 'sticker', url: 'https://files.example.test/a.webp' },
  location: { type: 'location', latitude: 52.52, longitude: 13.4 },
  contacts: { type: 'contacts', contacts: [{ name: { formattedName: 'Ann Bell' } }] },
  reaction: { type: 'reaction', to: 'earlier', emoji: '👍' },
  interactive: { type: 'interactive', kind: 'buttons', body: 'Sure?', buttons: [{ id: 'yes', title: 'Yes' }] },
};
