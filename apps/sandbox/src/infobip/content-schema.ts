import { z } from 'zod';
import { anything, contacts, latitude, longitude, mediaUrl, text } from './fields.ts';

const body = z.strictObject({ text: text(1, 1024) });
const footer = z.strictObject({ text: text(1, 60) }).optional();
const textHeader = z.strictObject({ type: z.literal('TEXT'), text: text(1, 60) });
const imageHeader = z.strictObject({ type: z.literal('IMAGE'), mediaUrl });
const anyHeader = z.discriminatedUnion('type', [
  textHeader,
  imageHeader,
  z.strictObject({ type: z.literal('VIDEO'), mediaUrl }),
  z.strictObject({ type: z.literal('DOCUMENT'), mediaUrl, filename: text(1, 240).optional() }),
]);

const distinct = (values: readonly string[]): boolean => new Set(values).size === values.length;
const rows = z
  .array(z.strictObject({ id: text(1, 200), title: text(1, 24), description: text(1, 72).optional() }))
  .min(1);
const sections = z
  .array(z.strictObject({ title: text(1, 24).optional(), rows }))
  .min(1)
  .max(10)
  .refine((all) => all.length === 1 || all.every(({ title }) => title !== undefined), 'each section must have a title')
  .refine((all) => all.flatMap((section) => section.rows).length <= 10, 'must have at most 10 rows in all')
  .refine((all) => distinct(all.flatMap((section) => section.rows.map(({ id }) => id))), 'row ids must be unique');

const flow = z.strictObject({
  mode: z.enum(['DRAFT', 'PUBLISHED']),
  flowMessageVersion: z.literal(3),
  flowToken: z.string().min(1),
  flowId: z.string().min(1),
  callToActionButton: text(1, 20),
  flowAction: z.enum(['NAVIGATE', 'DATA_EXCHANGE']).optional(),
  flowActionPayload: z
    .strictObject({
      screen: z.string().min(1),
      data: anything.refine((data) => Object.keys(data).length > 0, 'must not be empty').optional(),
    })
    .optional(),
});

/** The `content` of a message, by the path behind `/whatsapp/1/message/`. Undefined: the kind has none. */
export const contentByPath = {
  text: z.strictObject({ text: text(1, 4096), previewUrl: z.boolean().optional() }),
  image: z.strictObject({ mediaUrl, caption: text(0, 3000).optional() }),
  video: z.strictObject({ mediaUrl, caption: text(0, 3000).optional() }),
  document: z.strictObject({ mediaUrl, caption: text(0, 3000).optional(), filename: text(0, 240).optional() }),
  audio: z.strictObject({ mediaUrl, voice: z.boolean().optional() }),
  sticker: z.strictObject({ mediaUrl }),
  location: z.strictObject({
    latitude,
    longitude,
    name: text(0, 1000).optional(),
    address: text(0, 1000).optional(),
  }),
  contact: z.strictObject({ contacts }),
  'interactive/buttons': z.strictObject({
    header: anyHeader.optional(),
    body,
    footer,
    action: z.strictObject({
      buttons: z
        .array(z.strictObject({ type: z.literal('REPLY'), id: text(1, 256), title: text(1, 20) }))
        .min(1)
        .max(3)
        .refine((all) => distinct(all.map(({ id }) => id)), 'button ids must be unique'),
    }),
  }),
  'interactive/list': z.strictObject({
    header: textHeader.optional(),
    body,
    footer,
    action: z.strictObject({ title: text(1, 20), sections }),
  }),
  'interactive/url-button': z.strictObject({
    header: anyHeader.optional(),
    body,
    footer,
    action: z.strictObject({ displayText: text(1, 20), url: z.url() }),
  }),
  'interactive/flow': z.strictObject({ header: textHeader.optional(), body, footer, action: flow }),
  'interactive/location-request': z.strictObject({ body }),
  'interactive/product': z.strictObject({
    body: body.optional(),
    footer,
    action: z.strictObject({ catalogId: z.string().min(1), productRetailerId: z.string().min(1) }),
  }),
  'interactive/multi-product': z.strictObject({
    header: textHeader,
    body,
    footer,
    action: z.strictObject({
      catalogId: z.string().min(1),
      sections: z
        .array(
          z.strictObject({
            title: text(1, 24).optional(),
            productRetailerIds: z.array(z.string().min(1)).min(1),
          }),
        )
        .min(1)
        .max(10),
    }),
  }),
  // Their actions have a documentation of their own for each country: taken as they are.
  'interactive/order-details': z.strictObject({ header: imageHeader.optional(), body, footer, action: anything }),
  'interactive/order-status': z.strictObject({ body, footer, action: anything }),
  'interactive/media-carousel': z.strictObject({ body, action: anything }),
  'interactive/call-permission-request': undefined,
} as const satisfies Record<string, z.ZodType | undefined>;

export type Path = keyof typeof contentByPath;

export function isPath(path: string): path is Path {
  return Object.hasOwn(contentByPath, path);
}
