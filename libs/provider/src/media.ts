import type { InboundMedia } from '@posthorn/message';
import type { Failed } from '@posthorn/outcome';
import type { ProviderCall } from './provider.ts';

/** What a file is sent as. */
export type FileKind = 'image' | 'video' | 'audio' | 'document' | 'sticker';

/** What a provider takes of each kind: MIME types without parameters, and the most bytes. */
export type FileRules = Readonly<
  Record<
    FileKind,
    {
      readonly types: readonly string[];
      readonly bytesMax: number;
      /** Of an image that does not move, where that is less. */
      readonly stillBytesMax?: number;
    } | null
  >
>;

/** A file to be uploaded. */
export interface OutgoingFile {
  readonly contentType: string;
  readonly name: string | null;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What an upload said. Nothing of a message is out by it, so every failure may be tried again. */
export type UploadOutcome = { readonly kind: 'uploaded'; readonly id: string } | Failed;

/** What a provider said of a file that a person sent. */
export type LookUpOutcome =
  | {
      readonly kind: 'found';
      readonly url: string;
      readonly contentType: string | null;
      readonly sha256: string | null;
    }
  /** It is not there, or no longer. */
  | { readonly kind: 'gone' }
  /** The provider refuses this token: another one may do. */
  | { readonly kind: 'unauthorised' }
  /** It may work later. */
  | { readonly kind: 'unavailable' };

/** Where a file is, and what must be shown to get it. The headers are for that host alone: never for one it redirects to. */
export interface FileAddress {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The calls about files. `token` is the stored one, null where the channel has no `tokens`. Pure, as everything of a channel. */
export interface MediaCalls {
  /** How a file gets an id at the provider; null: it only fetches files from addresses. */
  readonly upload: {
    readonly toCall: (file: OutgoingFile, token: string | null) => ProviderCall<UploadOutcome>;
    /** How long an id may be used, in ms: shorter than the provider keeps it. */
    readonly lifeMs: number;
  } | null;
  /** How the address of a file is asked for; null: the webhook told it. */
  readonly lookUp: ((media: InboundMedia, token: string | null) => ProviderCall<LookUpOutcome>) | null;
  /** `url` as it was looked up, or told by the webhook. Null: it is no address of this account, and would get its credentials. */
  readonly download: (
    file: { readonly id: string; readonly url: string | null },
    token: string | null,
  ) => FileAddress | null;
}
