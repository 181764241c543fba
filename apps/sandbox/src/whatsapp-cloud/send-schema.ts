import { z } from 'zod';
import {
  audioSchema,
  contactsSchema,
  documentSchema,
  imageSchema,
  locationSchema,
  reactionSchema,
  stickerSchema,
  textSchema,
  videoSchema,
} from './content-schema.ts';
import { textUpTo, wamid } from './fields.ts';
import { interactiveSchema } from './interactive-schema.ts';
import { templateSchema } from './template-schema.ts';

const bsuid = z.string().regex(/^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/);

const envelope = {
  messaging_product: z.literal('whatsapp'),
  recipient_type: z.enum(['individual', 'group']).default('individual'),
  to: z.string().optional(),
  recipient: bsuid.optional(),
  context: z.strictObject({ message_id: wamid }).optional(),
  biz_opaque_callback_data: textUpTo(512).optional(),
  recipient_identity_key_hash: z.string().min(1).optional(),
};

/** `POST /{phone-number-id}/messages`: one message, `type` filled in with its default beforehand. */
export const sendSchema = z.discriminatedUnion('type', [
  z.strictObject({ ...envelope, type: z.literal('text'), text: textSchema }),
  z.strictObject({ ...envelope, type: z.literal('image'), image: imageSchema }),
  z.strictObject({ ...envelope, type: z.literal('video'), video: videoSchema }),
  z.strictObject({ ...envelope, type: z.literal('audio'), audio: audioSchema }),
  z.strictObject({ ...envelope, type: z.literal('document'), document: documentSchema }),
  z.strictObject({ ...envelope, type: z.literal('sticker'), sticker: stickerSchema }),
  z.strictObject({ ...envelope, type: z.literal('location'), location: locationSchema }),
  z.strictObject({ ...envelope, type: z.literal('contacts'), contacts: contactsSchema }),
  z.strictObject({ ...envelope, type: z.literal('reaction'), reaction: reactionSchema }),
  z.strictObject({ ...envelope, type: z.literal('interactive'), interactive: interactiveSchema }),
  z.strictObject({ ...envelope, type: z.literal('template'), template: templateSchema }),
]);

/** `POST /{phone-number-id}/marketing_messages`: templates only, with two fields of its own. */
export const marketingSchema = z.strictObject({
  ...envelope,
  type: z.literal('template'),
  template: templateSchema,
  product_policy: z.enum(['CLOUD_API_FALLBACK', 'STRICT']).optional(),
  message_activity_sharing: z.boolean().optional(),
});

/** Read receipt, with the typing indicator if wanted; same path as sending. */
export const readSchema = z.strictObject({
  messaging_product: z.literal('whatsapp'),
  status: z.literal('read'),
  message_id: wamid,
  typing_indicator: z.strictObject({ type: z.literal('text') }).optional(),
});

export type SendBody = z.output<typeof sendSchema>;
