import { z } from 'zod';
import { degrees, filledText, httpUrl, must, textUpTo, wamid } from './fields.ts';

/** Limits and shapes: Meta's message reference, read 2026-03 (v23.0 to v25.0). */
const source = { id: z.string().regex(/^\d+$/).optional(), link: httpUrl.optional() };
const caption = textUpTo(1024).optional();

function mediaObject<Shape extends z.ZodRawShape>(more: Shape) {
  const named = must(
    z.strictObject({ ...source, ...more }),
    131008,
    "needs 'id' or 'link'.",
    (media) => 'id' in media || 'link' in media,
  );
  return must(named, 131009, "takes 'id' or 'link', not both.", (media) => !('id' in media && 'link' in media));
}

export const imageSchema = mediaObject({ caption });
export const videoSchema = mediaObject({ caption });
export const audioSchema = mediaObject({ voice: z.boolean().optional() });
export const documentSchema = mediaObject({ caption, filename: filledText(240).optional() });
export const stickerSchema = mediaObject({});

/** Media inside headers and templates: no caption there. */
export const bareMediaSchema = mediaObject({});
export const bareDocumentSchema = mediaObject({ filename: filledText(240).optional() });

export const textSchema = z.strictObject({ body: filledText(4096), preview_url: z.boolean().optional() });

export const locationSchema = z.strictObject({
  latitude: degrees(90),
  longitude: degrees(180),
  name: z.string().optional(),
  address: z.string().optional(),
});

const emoji = /^(?:\p{RGI_Emoji}|\p{Extended_Pictographic})?$/v;
export const reactionSchema = z.strictObject({ message_id: wamid, emoji: z.string().regex(emoji).optional() });

const word = z.string().optional();
const contactSchema = z.strictObject({
  name: z.strictObject({
    formatted_name: filledText(1024),
    first_name: word,
    last_name: word,
    middle_name: word,
    suffix: word,
    prefix: word,
  }),
  phones: z.array(z.strictObject({ phone: word, type: word, wa_id: z.string().regex(/^\d+$/).optional() })).optional(),
  emails: z.array(z.strictObject({ email: word, type: word })).optional(),
  org: z.strictObject({ company: word, department: word, title: word }).optional(),
  addresses: z
    .array(
      z.strictObject({
        street: word,
        city: word,
        state: word,
        zip: word,
        country: word,
        country_code: word,
        type: word,
      }),
    )
    .optional(),
  urls: z.array(z.strictObject({ url: word, type: word })).optional(),
  birthday: z.iso.date().optional(),
});

/** 257 by the documentation; the OpenAPI description says 5. */
export const contactsSchema = z.array(contactSchema).min(1).max(257);
