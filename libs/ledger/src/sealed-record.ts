import type { ExternalId, InboundMessage, MessageId } from '@posthorn/message';
import { contentSchema, externalIdSchema, inboundMessageSchema, recipientSchema } from '@posthorn/message';
import type { Sealer } from '@posthorn/sealing';
import { z } from 'zod';
import type { SealedContent } from './message-view.ts';

const sealedContentSchema = z.object({
  to: recipientSchema,
  content: contentSchema,
  replyTo: z.string().optional(),
  callbackData: z.string().optional(),
});

/** Seals and opens what the ledger stores: each blob is bound to its record, so it opens nowhere else. */
export interface SealedRecords {
  readonly sealContent: (id: MessageId, content: SealedContent) => Buffer;
  /** Null if it is gone, or its key is not on the ring. */
  readonly openContent: (id: MessageId, blob: Uint8Array) => SealedContent | null;
  readonly sealExternalId: (channelId: string, externalId: ExternalId) => Buffer;
  readonly openExternalId: (channelId: string, blob: Uint8Array) => ExternalId | null;
  readonly sealInbound: (message: InboundMessage) => Buffer;
  readonly openInbound: (id: string, blob: Uint8Array) => InboundMessage | null;
  readonly sealData: (channelId: string, data: unknown) => Buffer;
  readonly openData: (channelId: string, blob: Uint8Array) => unknown;
}

export function createSealedRecords(sealer: Sealer): SealedRecords {
  const open = (blob: Uint8Array, context: string): unknown => {
    const plain = blob.byteLength === 0 ? null : sealer.open(blob, context);
    if (plain === null) return null;
    const value: unknown = JSON.parse(plain.toString());
    return value;
  };
  return {
    sealContent: (id, content) => sealer.seal(JSON.stringify(content), `content ${id}`),
    openContent: (id, blob) => sealedContentSchema.safeParse(open(blob, `content ${id}`)).data ?? null,
    sealExternalId: (channelId, externalId) => sealer.seal(JSON.stringify(externalId), `external ${channelId}`),
    openExternalId: (channelId, blob) => externalIdSchema.safeParse(open(blob, `external ${channelId}`)).data ?? null,
    sealInbound: (message) => sealer.seal(JSON.stringify(message), `inbound ${message.id}`),
    openInbound: (id, blob) => inboundMessageSchema.safeParse(open(blob, `inbound ${id}`)).data ?? null,
    sealData: (channelId, data) => sealer.seal(JSON.stringify(data ?? null), `event ${channelId}`),
    openData: (channelId, blob) => open(blob, `event ${channelId}`),
  };
}
