interface MediaSource {
  readonly url?: string;
  /** A file of `POST /v1/media`. */
  readonly mediaId?: string;
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
