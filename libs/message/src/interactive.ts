import { z } from 'zod';
import { characters } from './characters.ts';
import { exactlyOneSource, source } from './media-source.ts';

const header = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1) }),
  z.strictObject({ type: z.literal('image'), ...source }).refine(...exactlyOneSource),
  z.strictObject({ type: z.literal('video'), ...source }).refine(...exactlyOneSource),
  z
    .strictObject({
      type: z.literal('document'),
      filename: characters(240).min(1).optional(),
      ...source,
    })
    .refine(...exactlyOneSource),
]);
export type InteractiveHeader = z.infer<typeof header>;

const frame = {
  type: z.literal('interactive'),
  body: z.string().min(1),
  header: header.optional(),
  footer: z.string().min(1).optional(),
};
const jsonObject = z.record(z.string(), z.json());
const product = { catalogId: z.string().min(1) };

const buttons = z.strictObject({
  ...frame,
  kind: z.literal('buttons'),
  buttons: z.array(z.strictObject({ id: z.string().min(1), title: z.string().min(1) })).min(1),
});
const list = z.strictObject({
  ...frame,
  kind: z.literal('list'),
  button: z.string().min(1).meta({ description: 'The text that opens the list.' }),
  sections: z
    .array(
      z.strictObject({
        title: z.string().min(1).optional(),
        rows: z
          .array(
            z.strictObject({
              id: z.string().min(1),
              title: z.string().min(1),
              description: z.string().min(1).optional(),
            }),
          )
          .min(1),
      }),
    )
    .min(1),
});
const link = z.strictObject({
  ...frame,
  kind: z.literal('cta_url'),
  displayText: z.string().min(1),
  url: z.url(),
});
const flow = z.strictObject({
  ...frame,
  kind: z.literal('flow'),
  flowId: z.string().min(1).optional(),
  flowName: z.string().min(1).optional(),
  flowToken: z.string().min(1).optional(),
  callToAction: z.string().min(1),
  mode: z.enum(['published', 'draft']).optional(),
  action: z.enum(['navigate', 'data_exchange']).optional(),
  screen: z.string().min(1).optional(),
  data: jsonObject.optional(),
});
const locationRequest = z.strictObject({
  type: frame.type,
  body: frame.body,
  kind: z.literal('location_request'),
});
const singleProduct = z.strictObject({
  ...frame,
  body: frame.body.optional(),
  kind: z.literal('product'),
  ...product,
  productId: z.string().min(1),
});
const productList = z.strictObject({
  ...frame,
  kind: z.literal('product_list'),
  ...product,
  sections: z.array(z.strictObject({ title: z.string().min(1), productIds: z.array(z.string().min(1)).min(1) })).min(1),
});
const catalog = z.strictObject({
  ...frame,
  kind: z.literal('catalog'),
  thumbnailProductId: z.string().min(1).optional(),
});
const callPermission = z.strictObject({
  type: frame.type,
  body: frame.body.optional(),
  kind: z.literal('call_permission_request'),
});
/** Kinds whose parameters the provider defines in full: passed on as they are, under its own names. */
const other = z.strictObject({
  ...frame,
  kind: z.enum(['address', 'order_details', 'order_status', 'carousel']),
  action: jsonObject.meta({ description: 'The action object in the provider’s own terms.' }),
});

/** A message with something to press. */
export const interactiveContentSchema = z.discriminatedUnion('kind', [
  buttons,
  list,
  link,
  flow,
  locationRequest,
  singleProduct,
  productList,
  catalog,
  callPermission,
  other,
]);
export type InteractiveContent = z.infer<typeof interactiveContentSchema>;
