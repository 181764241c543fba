import { z } from 'zod';
import { anything, latitude, longitude, mediaUrl, text } from './fields.ts';

/** WhatsApp refuses these in placeholders. */
const placeholder = z
  .string()
  .min(1)
  .refine((value) => !/[\n\t]| {5}/.test(value), 'must have no new lines, tabs or more than 4 spaces in a row');

const header = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('TEXT'), placeholder }),
  z.strictObject({ type: z.enum(['IMAGE', 'VIDEO', 'GIF']), mediaUrl }),
  z.strictObject({ type: z.literal('DOCUMENT'), mediaUrl, filename: text(1, 240).optional() }),
  z.strictObject({ type: z.literal('LOCATION'), latitude, longitude }),
]);
const buttons = z
  .array(
    z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('QUICK_REPLY'), parameter: text(1, 128) }),
      z.strictObject({ type: z.literal('URL'), parameter: z.string().min(1) }),
      z.strictObject({ type: z.literal('COPY_CODE'), parameter: text(1, 15) }),
      z.strictObject({ type: z.literal('FLOW'), flowToken: z.string().optional(), data: anything.optional() }),
      z.strictObject({ type: z.literal('CATALOG'), thumbnailProductRetailerId: z.string().optional() }),
      z.strictObject({
        type: z.literal('MULTI_PRODUCT'),
        thumbnailProductRetailerId: z.string().optional(),
        sections: z.array(anything).min(1),
      }),
      z.strictObject({ type: z.literal('ORDER_DETAILS'), action: anything }),
    ]),
  )
  .max(10)
  .refine((all) => all.filter(({ type }) => type === 'URL').length <= 2, 'must have at most 2 URL buttons')
  .refine((all) => all.filter(({ type }) => type === 'COPY_CODE').length <= 1, 'must have at most 1 COPY_CODE button')
  .refine((all) => all.filter(({ type }) => type === 'FLOW').length <= 1, 'must have at most 1 FLOW button');

const data = {
  body: z.strictObject({ placeholders: z.array(placeholder) }),
  header: header.optional(),
  buttons: buttons.optional(),
};

/** The `content` of a template message. */
export const templateSchema = z.strictObject({
  templateName: z.string().regex(/^[a-z0-9_]{1,512}$/),
  language: z.string().min(2),
  templateData: z.strictObject({
    ...data,
    limitedTimeOffer: z
      .strictObject({
        expirationTime: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$/),
      })
      .optional(),
    carousel: z.strictObject({ cards: z.array(z.strictObject(data)).min(1).max(10) }).optional(),
  }),
});
