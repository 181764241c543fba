import type { Content, TemplateComponent } from '@posthorn/message';
import type { DemoForms } from './demo-messages.ts';

const files = 'https://files.example.com';
const image = { type: 'image', url: `${files}/parcel.jpg` } as const;
const address = { name: 'Depot', address: '1 Example Street', latitude: 52.52, longitude: 13.405 } as const;
const header: TemplateComponent = { type: 'header', parameters: [{ type: 'text', text: 'Today' }] };

/** One with every part. */
export const demoTemplates: readonly DemoForms[] = [
  template('plain', 'hello_world', []),
  template(
    'named text',
    'parcel_arrives',
    [
      header,
      {
        type: 'body',
        parameters: [
          { type: 'text', name: 'name', text: 'Ada' },
          { type: 'text', name: 'time', text: '10 to 12' },
        ],
      },
    ],
    [
      header,
      {
        type: 'body',
        parameters: [
          { type: 'text', text: 'Ada' },
          { type: 'text', text: '10 to 12' },
        ],
      },
    ],
  ),
  template('currency, date', 'invoice_due', [
    {
      type: 'body',
      parameters: [
        { type: 'currency', fallback: '€ 49.90', code: 'EUR', amount1000: 49_900 },
        { type: 'date_time', fallback: '24 December' },
      ],
    },
  ]),
  template('image header', 'parcel_picture', [{ type: 'header', parameters: [image] }]),
  template('video header', 'parcel_film', [
    { type: 'header', parameters: [{ type: 'video', url: `${files}/unpacking.mp4` }] },
  ]),
  template('document header', 'invoice', [
    { type: 'header', parameters: [{ type: 'document', url: `${files}/invoice.pdf`, filename: 'invoice.pdf' }] },
  ]),
  template('location header', 'depot', [{ type: 'header', parameters: [{ type: 'location', ...address }] }]),
  template('quick reply, url', 'parcel_choice', [
    { type: 'button', kind: 'quick_reply', index: 0, payload: 'later' },
    { type: 'button', kind: 'url', index: 1, text: 'track/4711' },
  ]),
  template('coupon, offer', 'winter_offer', [
    { type: 'limited_time_offer', expiresAt: '2030-12-24T18:00:00Z' },
    { type: 'button', kind: 'copy_code', index: 0, code: 'WINTER10' },
  ]),
  template('flow button', 'choose_time', [
    { type: 'button', kind: 'flow', index: 0, flowToken: 'demo', data: { parcel: '4711' } },
  ]),
  {
    ...template('catalog button', 'our_boxes', [
      { type: 'button', kind: 'catalog', index: 0, action: { thumbnail_product_retailer_id: 'box-m' } },
    ]),
    ownForms: {
      infobip: templateOf('our_boxes', [
        { type: 'button', kind: 'catalog', index: 0, action: { thumbnailProductRetailerId: 'box-m' } },
      ]),
    },
  },
  {
    ...template('products button', 'box_sizes', [
      {
        type: 'button',
        kind: 'mpm',
        index: 0,
        action: {
          thumbnail_product_retailer_id: 'box-m',
          sections: [{ title: 'Sizes', product_items: [{ product_retailer_id: 'box-s' }] }],
        },
      },
    ]),
    ownForms: {
      infobip: templateOf('box_sizes', [
        {
          type: 'button',
          kind: 'mpm',
          index: 0,
          action: {
            thumbnailProductRetailerId: 'box-m',
            sections: [{ title: 'Sizes', productRetailerIds: ['box-s'] }],
          },
        },
      ]),
    },
  },
  template('order button', 'pay_order', [
    { type: 'button', kind: 'order_details', index: 0, action: { order_details: { reference_id: 'order-4711' } } },
  ]),
  template('carousel', 'box_cards', [
    { type: 'carousel', cards: [{ components: [{ type: 'header', parameters: [image] }] }] },
  ]),
];

function template(
  kind: string,
  name: string,
  full: readonly TemplateComponent[],
  ...plainer: readonly (readonly TemplateComponent[])[]
): DemoForms {
  const forms = plainer.map((components) => templateOf(name, components));
  return { kind: `template, ${kind}`, forms: [templateOf(name, full), ...forms] };
}

function templateOf(name: string, components: readonly TemplateComponent[]): Content {
  return { type: 'template', name, language: 'en_US', ...(components.length > 0 && { components: [...components] }) };
}
