import { z } from 'zod';
import { externalIdSchema, inboundIdSchema, channelIdSchema } from './ids.ts';

/** A file that a person sent: looked up at the provider by its id while it lives there. */
export const inboundMediaSchema = z.object({
  id: z.string(),
  mimeType: z.string().optional(),
  sha256: z.string().optional(),
  url: z.string().optional(),
  caption: z.string().optional(),
  filename: z.string().optional(),
  voice: z.boolean().optional(),
  animated: z.boolean().optional(),
});
export type InboundMedia = z.infer<typeof inboundMediaSchema>;

/**
 * What a person wrote, by `type`. Known types are text, image, video, audio, document, sticker, location, contacts,
 * reaction, button (a template's quick reply), interactive, order, system, edit, revoke and unsupported; a type that
 * is not known yet is kept with its provider's object under `data`.
 */
export const inboundContentSchema = z.object({
  type: z.string(),
  text: z.string().optional(),
  media: inboundMediaSchema.optional(),
  data: z.json().optional(),
});
export type InboundContent = z.infer<typeof inboundContentSchema>;

/** A message received, as it is stored (sealed) and shown. */
export const inboundMessageSchema = z.object({
  id: inboundIdSchema,
  channelId: channelIdSchema,
  externalId: externalIdSchema,
  from: z.string().meta({ description: 'Phone number in E.164 form, or the provider’s user id.' }),
  userId: z.string().optional(),
  profileName: z.string().optional(),
  sentAt: z.iso.datetime(),
  receivedAt: z.iso.datetime(),
  content: inboundContentSchema,
  context: z
    .object({
      externalId: externalIdSchema.optional(),
      from: z.string().optional(),
      forwarded: z.boolean().optional(),
      frequentlyForwarded: z.boolean().optional(),
      referredProduct: z.json().optional(),
    })
    .optional(),
  referral: z.json().optional(),
  groupId: z.string().optional(),
  problems: z
    .array(z.object({ code: z.string(), title: z.string().optional(), details: z.string().optional() }))
    .optional(),
  more: z.json().optional().meta({ description: 'What the provider told besides, in its own terms.' }),
});
export type InboundMessage = z.infer<typeof inboundMessageSchema>;
