import { z } from 'zod';
import { characters } from './characters.ts';
import { exactlyOneSource, source } from './media-source.ts';

const parameterName = z.string().min(1).optional().meta({ description: 'For templates with named parameters.' });
const jsonObject = z.record(z.string(), z.json());

const parameter = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1), name: parameterName }),
  z.strictObject({
    type: z.literal('currency'),
    fallback: z.string().min(1),
    code: z.string().regex(/^[A-Z]{3}$/u, 'expected a currency code of ISO 4217, like EUR'),
    amount1000: z.number().int().meta({ description: 'The amount, times 1000.' }),
    name: parameterName,
  }),
  z.strictObject({
    type: z.literal('date_time'),
    fallback: z.string().min(1),
    name: parameterName,
  }),
  z.strictObject({ type: z.literal('image'), ...source }).refine(...exactlyOneSource),
  z.strictObject({ type: z.literal('video'), ...source }).refine(...exactlyOneSource),
  z
    .strictObject({
      type: z.literal('document'),
      filename: characters(240).min(1).optional(),
      ...source,
    })
    .refine(...exactlyOneSource),
  z.strictObject({
    type: z.literal('location'),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    name: z.string().min(1).optional(),
    address: z.string().min(1).optional(),
  }),
]);

const index = z.number().int().min(0).max(9).meta({ description: 'Position of the button, from 0.' });
const button = z.discriminatedUnion('kind', [
  z.strictObject({
    type: z.literal('button'),
    kind: z.literal('quick_reply'),
    index,
    payload: z.string().min(1),
  }),
  z.strictObject({
    type: z.literal('button'),
    kind: z.literal('url'),
    index,
    text: z.string().min(1),
  }),
  z.strictObject({
    type: z.literal('button'),
    kind: z.literal('copy_code'),
    index,
    code: z.string().min(1),
  }),
  z.strictObject({
    type: z.literal('button'),
    kind: z.literal('flow'),
    index,
    flowToken: z.string().min(1).optional(),
    data: jsonObject.optional(),
  }),
  z.strictObject({
    type: z.literal('button'),
    kind: z.enum(['catalog', 'mpm', 'order_details']),
    index,
    action: jsonObject,
  }),
]);

const header = z.strictObject({
  type: z.literal('header'),
  parameters: z.array(parameter).min(1).max(1),
});
const body = z.strictObject({ type: z.literal('body'), parameters: z.array(parameter).min(1) });
const limitedTimeOffer = z.strictObject({
  type: z.literal('limited_time_offer'),
  expiresAt: z.iso.datetime({ offset: true }),
});
const card = z.strictObject({ components: z.array(z.discriminatedUnion('type', [header, body, button])).min(1) });
const carousel = z.strictObject({
  type: z.literal('carousel'),
  cards: z.array(card).min(1).max(10),
});

const component = z.discriminatedUnion('type', [header, body, button, limitedTimeOffer, carousel]);
export type TemplateComponent = z.infer<typeof component>;
export type TemplateParameter = z.infer<typeof parameter>;
export type TemplateButton = z.infer<typeof button>;

/** A message form approved by the provider beforehand; the only thing allowed outside the customer service window. */
export const templateContentSchema = z.strictObject({
  type: z.literal('template'),
  name: z.string().min(1).max(512),
  language: z.string().regex(/^[a-z]{2,3}(?:_[A-Z]{2})?$/u, 'expected a language like en or en_US'),
  components: z.array(component).optional(),
  category: z.enum(['marketing', 'utility', 'authentication']).optional().meta({
    description:
      'What the template was approved as. A channel of WhatsApp Cloud API with the setting marketing sends marketing through Meta’s endpoint for it.',
  }),
});
