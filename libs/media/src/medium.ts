import type { ChannelId, MediaId, TenantId } from '@posthorn/message';

/** A file in the store. Times in milliseconds since 1970. */
export interface Medium {
  readonly id: MediaId;
  readonly tenantId: TenantId;
  /** Of a file that a person sent through it; null: uploaded by the tenant. */
  readonly channelId: ChannelId | null;
  /** A MIME type without parameters. */
  readonly contentType: string;
  readonly bytes: number;
  /** Whether an image in WebP moves; absent: it is none, or was stored by an older release. */
  readonly animated?: boolean | undefined;
  /** Of its content, in lower-case hex. */
  readonly sha256: string;
  readonly name: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}
