/** A file, named in exactly one way. */
interface MediaSource {
  readonly url?: string;
  /** A file of `POST /v1/media`. */
  readonly media?: { readonly id: string };
  /** An object in a bucket that the installation knows (POSTHORN_BUCKETS). */
  readonly object?: { readonly bucket: string; readonly key: string };
  /** A file uploaded to the provider before. */
  readonly providerMediaId?: string;
}

/** What to send. The kinds written out here are the usual ones; the API description has all of them. */
export type Content =
  | { readonly type: 'text'; readonly body: string; readonly previewUrl?: boolean }
  | ({ readonly type: 'image' | 'video'; readonly caption?: string } & MediaSource)
  | ({ readonly type: 'document'; readonly caption?: string; readonly filename?: string } & MediaSource)
  | ({ readonly type: 'audio' | 'sticker' } & MediaSource)
  | {
      readonly type: 'template';
      readonly name: string;
      readonly language: string;
      readonly category?: 'marketing' | 'utility' | 'authentication';
      readonly components?: readonly unknown[];
    }
  | { readonly type: 'location' | 'contacts' | 'reaction' | 'interactive'; readonly [field: string]: unknown };

/** One message to one recipient through one channel. Times in ISO 8601. */
export interface Message {
  readonly channelId: string;
  /** A phone number in E.164 form, or a user id of the provider. */
  readonly to: string;
  readonly content: Content;
  readonly replyTo?: string;
  /** Yours; comes back in every event of this message. */
  readonly callbackData?: string;
  readonly priority?: 'high' | 'normal' | 'bulk';
  readonly order?: 'conversation' | 'none';
  readonly window?: 'refuse' | 'try';
  readonly sendAt?: string;
  readonly expiresAt?: string;
  readonly ttlSeconds?: number;
}

/** One of a batch. */
export interface BatchMessage extends Message {
  /** Of this message alone. Without it, the batch's key and the position count. */
  readonly idempotencyKey?: string;
}
