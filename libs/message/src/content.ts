import { z } from 'zod';
import { characters } from './characters.ts';
import { interactiveContentSchema } from './interactive.ts';
import { exactlyOneSource, source } from './media-source.ts';
import { templateContentSchema } from './template.ts';

const text = z.strictObject({
  type: z.literal('text'),
  body: z.string().min(1).meta({ description: 'The text. Its limit is the provider’s, counted in characters.' }),
  previewUrl: z.boolean().optional().meta({ description: 'Show a preview of the first link.' }),
});

const image = z
  .strictObject({ type: z.literal('image'), caption: z.string().min(1).optional(), ...source })
  .refine(...exactlyOneSource);
const video = z
  .strictObject({ type: z.literal('video'), caption: z.string().min(1).optional(), ...source })
  .refine(...exactlyOneSource);
const audio = z
  .strictObject({
    type: z.literal('audio'),
    voice: z.boolean().optional().meta({ description: 'Show it as a voice note.' }),
    ...source,
  })
  .refine(...exactlyOneSource);
const document = z
  .strictObject({
    type: z.literal('document'),
    caption: z.string().min(1).optional(),
    filename: characters(240).min(1).optional(),
    ...source,
  })
  .refine(...exactlyOneSource);
const sticker = z.strictObject({ type: z.literal('sticker'), ...source }).refine(...exactlyOneSource);

const location = z.strictObject({
  type: z.literal('location'),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  name: characters(1000).min(1).optional(),
  address: characters(1000).min(1).optional(),
});

const contact = z.strictObject({
  name: z.strictObject({
    formattedName: z.string().min(1),
    firstName: z.string().optional(),
    lastName: z.string().optional(),
    middleName: z.string().optional(),
    prefix: z.string().optional(),
    suffix: z.string().optional(),
  }),
  phones: z
    .array(
      z.strictObject({
        phone: z.string().min(1),
        type: z.string().optional(),
        waId: z.string().optional(),
      }),
    )
    .optional(),
  emails: z.array(z.strictObject({ email: z.string().min(1), type: z.string().optional() })).optional(),
  addresses: z
    .array(
      z.strictObject({
        street: z.string().optional(),
        city: z.string().optional(),
        state: z.string().optional(),
        zip: z.string().optional(),
        country: z.string().optional(),
        countryCode: z.string().optional(),
        type: z.string().optional(),
      }),
    )
    .optional(),
  urls: z.array(z.strictObject({ url: z.string().min(1), type: z.string().optional() })).optional(),
  org: z
    .strictObject({
      company: z.string().optional(),
      department: z.string().optional(),
      title: z.string().optional(),
    })
    .optional(),
  birthday: z.iso.date().optional(),
});

const contacts = z.strictObject({ type: z.literal('contacts'), contacts: z.array(contact).min(1) });

const reaction = z.strictObject({
  type: z.literal('reaction'),
  to: z.string().min(1).max(512).meta({ description: 'The message reacted to: our id of it, or the provider’s.' }),
  emoji: z.string().max(32).meta({ description: 'One emoji; an empty text removes the reaction.' }),
});

/**
 * What is sent, by `type`, in the terms of the field. What a provider cannot do, or not at that length, its own check
 * refuses before accept: here stands only what holds for all.
 */
export const contentSchema = z.discriminatedUnion('type', [
  text,
  templateContentSchema,
  image,
  video,
  audio,
  document,
  sticker,
  location,
  contacts,
  reaction,
  interactiveContentSchema,
]);
export type Content = z.infer<typeof contentSchema>;
export type ContentType = Content['type'];
export type ContentOf<Type extends ContentType> = Extract<Content, { type: Type }>;
export type MediaContent = ContentOf<'image' | 'video' | 'audio' | 'document' | 'sticker'>;
