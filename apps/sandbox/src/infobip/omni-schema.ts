import { z } from 'zod';
import { contacts, latitude, longitude, mediaUrl, text } from './fields.ts';

const mediaTemplateData = z.strictObject({
  header: z
    .strictObject({
      textPlaceholder: z.string().min(1).optional(),
      imageUrl: mediaUrl.optional(),
      videoUrl: mediaUrl.optional(),
      documentUrl: mediaUrl.optional(),
      documentFilename: text(1, 240).optional(),
      latitude: latitude.optional(),
      longitude: longitude.optional(),
    })
    .optional(),
  body: z.strictObject({ placeholders: z.array(z.string().min(1)) }),
  buttons: z
    .array(
      z.union([z.strictObject({ urlPlaceholder: text(1, 1500) }), z.strictObject({ quickReplyPayload: text(1, 128) })]),
    )
    .optional(),
});

const whatsApp = z
  .strictObject({
    text: text(1, 4096).optional(),
    previewUrl: z.boolean().optional(),
    imageUrl: mediaUrl.optional(),
    audioUrl: mediaUrl.optional(),
    videoUrl: mediaUrl.optional(),
    fileUrl: mediaUrl.optional(),
    locationName: text(0, 1000).optional(),
    address: text(0, 1000).optional(),
    latitude: latitude.optional(),
    longitude: longitude.optional(),
    contacts: contacts.optional(),
    templateNamespace: z.string().min(1).optional(),
    templateName: z
      .string()
      .regex(/^[a-z0-9_]{1,512}$/)
      .optional(),
    templateData: z.array(z.string().min(1)).optional(),
    mediaTemplateData: mediaTemplateData.optional(),
    language: z.string().min(2).optional(),
  })
  .refine((message) => typeOf(message) !== null, 'must have exactly one of text, media, location, contacts, template')
  .refine(
    ({ templateName, language, templateData, mediaTemplateData: media }) =>
      templateName === undefined || (language !== undefined && (templateData === undefined) !== (media === undefined)),
    'a template must have a language and one of templateData and mediaTemplateData',
  );

/** The body of `POST /omni/1/advanced`, as far as it is about WhatsApp. */
export const omniSchema = z.strictObject({
  scenarioKey: z.string().min(1).optional(),
  bulkId: z.string().optional(),
  destinations: z
    .array(
      z.strictObject({
        messageId: text(1, 200).optional(),
        to: z
          .strictObject({
            phoneNumber: z
              .string()
              .regex(/^\d{5,15}$/)
              .optional(),
            whatsAppUserId: z
              .string()
              .regex(/^[A-Z]{2}\./)
              .optional(),
          })
          .refine(({ phoneNumber, whatsAppUserId }) => phoneNumber !== undefined || whatsAppUserId !== undefined),
      }),
    )
    .min(1),
  whatsApp,
  notify: z.boolean().optional(),
  intermediateReport: z.boolean().optional(),
  notifyUrl: mediaUrl.optional(),
  notifyContentType: z.enum(['application/json', 'application/xml']).optional(),
  callbackData: text(0, 4000).optional(),
});

const files = [
  ['imageUrl', 'image'],
  ['audioUrl', 'audio'],
  ['videoUrl', 'video'],
  ['fileUrl', 'document'],
] as const;

/** What an OMNI message is; `text` beside a file is its caption. Null: nothing, or several things. */
export function typeOf(message: Readonly<Record<string, unknown>>): string | null {
  const types = [
    ...files.filter(([field]) => message[field] !== undefined).map(([, type]) => type),
    ...(message['latitude'] === undefined ? [] : ['location']),
    ...(message['contacts'] === undefined ? [] : ['contact']),
    ...(message['templateName'] === undefined ? [] : ['template']),
  ];
  if (types.length === 0) return message['text'] === undefined ? null : 'text';
  return types.length === 1 ? (types[0] ?? null) : null;
}
