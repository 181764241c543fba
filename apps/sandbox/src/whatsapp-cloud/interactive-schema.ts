import { z } from 'zod';
import { bareDocumentSchema, bareMediaSchema } from './content-schema.ts';
import { distinct, filledText, httpUrl, must } from './fields.ts';

const textHeader = z.strictObject({ type: z.literal('text'), text: filledText(60) });
const imageHeader = z.strictObject({ type: z.literal('image'), image: bareMediaSchema });
const videoHeader = z.strictObject({ type: z.literal('video'), video: bareMediaSchema });
const documentHeader = z.strictObject({ type: z.literal('document'), document: bareDocumentSchema });
const anyHeader = z.discriminatedUnion('type', [textHeader, imageHeader, videoHeader, documentHeader]);

const body = z.strictObject({ text: filledText(1024) });
const footer = z.strictObject({ text: filledText(60) }).optional();
const product = z.strictObject({ product_retailer_id: filledText(256) });
const json = z.record(z.string(), z.json());

const replyButtons = must(
  z
    .array(
      z.strictObject({
        type: z.literal('reply'),
        reply: z.strictObject({ id: filledText(256), title: filledText(20) }),
      }),
    )
    .min(1)
    .max(3),
  131009,
  'needs buttons with different ids and titles.',
  (buttons) => distinct(buttons.map(({ reply }) => reply.id)) && distinct(buttons.map(({ reply }) => reply.title)),
);

const button = z.strictObject({
  type: z.literal('button'),
  header: anyHeader.optional(),
  body,
  footer,
  action: z.strictObject({ buttons: replyButtons }),
});

const row = z.strictObject({ id: filledText(200), title: filledText(24), description: filledText(72).optional() });
const someSections = z
  .array(z.strictObject({ title: filledText(24).optional(), rows: z.array(row).min(1) }))
  .min(1)
  .max(10);
const tenRows = must(
  someSections,
  131009,
  'takes at most 10 rows over all sections.',
  (all) => all.flatMap(({ rows }) => rows).length <= 10,
);
const ownIds = must(tenRows, 131009, 'needs rows with different ids.', (all) =>
  distinct(all.flatMap(({ rows }) => rows.map(({ id }) => id))),
);
const sections = must(
  ownIds,
  131008,
  "needs a 'title' for each section when there are several.",
  (all) => all.length === 1 || all.every(({ title }) => title !== undefined),
);

const list = z.strictObject({
  type: z.literal('list'),
  header: textHeader.optional(),
  body: z.strictObject({ text: filledText(4096) }),
  footer,
  action: z.strictObject({ button: filledText(20), sections }),
});

const urlAction = z.strictObject({
  name: z.literal('cta_url'),
  parameters: z.strictObject({ display_text: filledText(20), url: httpUrl }),
});
const ctaUrl = z.strictObject({
  type: z.literal('cta_url'),
  header: anyHeader.optional(),
  body,
  footer,
  action: urlAction,
});

const flowParameters = must(
  z.strictObject({
    flow_message_version: z.literal('3'),
    flow_id: filledText(64).optional(),
    flow_name: filledText(200).optional(),
    flow_cta: filledText(30),
    flow_token: filledText(1024).optional(),
    mode: z.enum(['draft', 'published']).optional(),
    flow_action: z.enum(['navigate', 'data_exchange']).optional(),
    flow_action_payload: z.strictObject({ screen: filledText(256), data: json.optional() }).optional(),
  }),
  131008,
  "needs either 'flow_id' or 'flow_name'.",
  (flow) => (flow.flow_id === undefined) !== (flow.flow_name === undefined),
);
const flow = z.strictObject({
  type: z.literal('flow'),
  header: anyHeader.optional(),
  body,
  footer,
  action: z.strictObject({ name: z.literal('flow'), parameters: flowParameters }),
});

const locationRequest = z.strictObject({
  type: z.literal('location_request_message'),
  body,
  action: z.strictObject({ name: z.literal('send_location') }),
});

const singleProduct = z.strictObject({
  type: z.literal('product'),
  body: body.optional(),
  footer,
  action: z.strictObject({ catalog_id: filledText(64), product_retailer_id: filledText(256) }),
});

const productSections = must(
  z
    .array(z.strictObject({ title: filledText(24).optional(), product_items: z.array(product).min(1) }))
    .min(1)
    .max(10),
  131009,
  'takes at most 30 products over all sections.',
  (all) => all.flatMap(({ product_items }) => product_items).length <= 30,
);
const productList = z.strictObject({
  type: z.literal('product_list'),
  header: textHeader,
  body,
  footer,
  action: z.strictObject({ catalog_id: filledText(64), sections: productSections }),
});

const catalogMessage = z.strictObject({
  type: z.literal('catalog_message'),
  body,
  footer,
  action: z.strictObject({
    name: z.literal('catalog_message'),
    parameters: z.strictObject({ thumbnail_product_retailer_id: filledText(256) }).optional(),
  }),
});

const addressMessage = z.strictObject({
  type: z.literal('address_message'),
  header: anyHeader.optional(),
  body,
  footer,
  action: z.strictObject({
    name: z.literal('address_message'),
    parameters: z.strictObject({
      country: z.string().regex(/^[A-Z]{2}$/),
      values: json.optional(),
      saved_addresses: z.array(json).optional(),
      validation_errors: json.optional(),
    }),
  }),
});

const callPermission = z.strictObject({
  type: z.literal('call_permission_request'),
  body: body.optional(),
  action: z.strictObject({ name: z.literal('call_permission_request') }),
});

const amount = z.looseObject({ value: z.number().int(), offset: z.number().int() });
const orderDetails = z.strictObject({
  type: z.literal('order_details'),
  header: imageHeader.optional(),
  body,
  footer,
  action: z.strictObject({
    name: z.literal('review_and_pay'),
    parameters: z.looseObject({
      reference_id: filledText(35),
      currency: z.string().regex(/^[A-Z]{3}$/),
      total_amount: amount,
    }),
  }),
});
const orderStatus = z.strictObject({
  type: z.literal('order_status'),
  body,
  footer,
  action: z.strictObject({
    name: z.literal('review_order'),
    parameters: z.looseObject({ reference_id: filledText(35), order: z.looseObject({ status: filledText(64) }) }),
  }),
});

const cardIndex = z.number().int().min(0).max(9);
const card = z.discriminatedUnion('type', [
  z.strictObject({
    card_index: cardIndex,
    type: z.literal('cta_url'),
    header: z.discriminatedUnion('type', [imageHeader, videoHeader]),
    body: z.strictObject({ text: filledText(160) }).optional(),
    action: urlAction,
  }),
  z.strictObject({
    card_index: cardIndex,
    type: z.literal('product'),
    action: z.strictObject({ catalog_id: filledText(64), product_retailer_id: filledText(256) }),
  }),
]);
const carousel = z.strictObject({
  type: z.literal('carousel'),
  body,
  action: z.strictObject({ cards: z.array(card).min(2).max(10) }),
});

export const interactiveSchema = z.discriminatedUnion('type', [
  button,
  list,
  ctaUrl,
  flow,
  locationRequest,
  singleProduct,
  productList,
  catalogMessage,
  addressMessage,
  callPermission,
  orderDetails,
  orderStatus,
  carousel,
]);
