import { z } from 'zod';
import { bareDocumentSchema, bareMediaSchema, locationSchema } from './content-schema.ts';
import { filledText, must } from './fields.ts';

const parameter_name = filledText(64).optional();
const textParameter = z.strictObject({ type: z.literal('text'), text: filledText(32_768), parameter_name });
const currencyParameter = z.strictObject({
  type: z.literal('currency'),
  parameter_name,
  currency: z.strictObject({
    fallback_value: filledText(256),
    code: z.string().regex(/^[A-Z]{3}$/),
    amount_1000: z.number().int(),
  }),
});
const dateTimeParameter = z.strictObject({
  type: z.literal('date_time'),
  parameter_name,
  date_time: z.strictObject({ fallback_value: filledText(256) }),
});
const imageParameter = z.strictObject({ type: z.literal('image'), image: bareMediaSchema });
const videoParameter = z.strictObject({ type: z.literal('video'), video: bareMediaSchema });
const documentParameter = z.strictObject({ type: z.literal('document'), document: bareDocumentSchema });
const locationParameter = z.strictObject({ type: z.literal('location'), location: locationSchema });

const header = z.strictObject({
  type: z.literal('header'),
  parameters: z
    .array(
      z.discriminatedUnion('type', [
        textParameter,
        imageParameter,
        videoParameter,
        documentParameter,
        locationParameter,
      ]),
    )
    .min(1)
    .max(1),
});

const bodyParameters = must(
  z.array(z.discriminatedUnion('type', [textParameter, currencyParameter, dateTimeParameter])).min(1),
  100,
  'takes named or positional parameters, not both.',
  (parameters) => new Set(parameters.map((one) => one.parameter_name === undefined)).size <= 1,
);
const body = z.strictObject({ type: z.literal('body'), parameters: bodyParameters });

const index = z.union([z.string().regex(/^\d$/), z.number().int().min(0).max(9)]);
const action = z.strictObject({ type: z.literal('action'), action: z.record(z.string(), z.json()) });
const buttonOf = <SubType extends string, Parameter extends z.ZodType>(subType: SubType, parameter: Parameter) =>
  z.strictObject({
    type: z.literal('button'),
    sub_type: z.literal(subType),
    index,
    parameters: z.array(parameter).min(1).max(1),
  });

const button = z.discriminatedUnion('sub_type', [
  buttonOf('quick_reply', z.strictObject({ type: z.literal('payload'), payload: filledText(256) })),
  buttonOf('url', z.strictObject({ type: z.literal('text'), text: filledText(2000) })),
  buttonOf('copy_code', z.strictObject({ type: z.literal('coupon_code'), coupon_code: filledText(20) })),
  // A flow button without a token of its own needs no parameters.
  z.strictObject({
    type: z.literal('button'),
    sub_type: z.literal('flow'),
    index,
    parameters: z
      .array(
        z.strictObject({
          type: z.literal('action'),
          action: z.strictObject({
            flow_token: filledText(1024).optional(),
            flow_action_data: z.record(z.string(), z.json()).optional(),
          }),
        }),
      )
      .max(1)
      .optional(),
  }),
  z.strictObject({
    type: z.literal('button'),
    sub_type: z.literal('catalog'),
    index,
    parameters: z.array(action).max(1).optional(),
  }),
  buttonOf('mpm', action),
  buttonOf('order_details', action),
]);

const limitedTimeOffer = z.strictObject({
  type: z.literal('limited_time_offer'),
  parameters: z
    .array(
      z.strictObject({
        type: z.literal('limited_time_offer'),
        limited_time_offer: z.strictObject({ expiration_time_ms: z.number().int().positive() }),
      }),
    )
    .min(1)
    .max(1),
});

const card = z.strictObject({
  card_index: z.number().int().min(0).max(9),
  components: z.array(z.discriminatedUnion('type', [header, body, button])).min(1),
});
const carousel = z.strictObject({ type: z.literal('carousel'), cards: z.array(card).min(1).max(10) });

export const templateSchema = z.strictObject({
  name: filledText(512).regex(/^[a-z0-9_]+$/),
  language: z.strictObject({
    code: z.string().regex(/^[a-z]{2,3}(_[A-Za-z]{2,4})?$/),
    policy: z.literal('deterministic').optional(),
  }),
  components: z.array(z.discriminatedUnion('type', [header, body, button, limitedTimeOffer, carousel])).optional(),
});
