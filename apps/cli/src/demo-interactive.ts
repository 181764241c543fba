import type { InteractiveContent } from '@posthorn/message';
import type { DemoForms } from './demo-messages.ts';

const files = 'https://files.example.com';
const buttons = {
  type: 'interactive',
  kind: 'buttons',
  body: 'Shall we deliver tomorrow?',
  buttons: [
    { id: 'yes', title: 'Yes' },
    { id: 'no', title: 'Another day' },
  ],
} satisfies InteractiveContent;
const list = { type: 'interactive', kind: 'list', body: 'When shall we come?', button: 'Times' } as const;
const rows = [{ id: 't1', title: '8 to 10', description: 'Before work' }];
const mayWeCall = { type: 'interactive', kind: 'call_permission_request' } as const;

/** One of every kind. */
export const demoInteractive: readonly DemoForms[] = [
  press({ ...buttons, header: { type: 'text', text: 'Delivery' }, footer: 'Example Parcels' }, buttons),
  press({ ...list, sections: [{ title: 'Tomorrow', rows }] }, { ...list, sections: [{ rows }] }),
  press({
    type: 'interactive',
    kind: 'cta_url',
    body: 'Follow your parcel',
    displayText: 'Track',
    url: 'https://example.com/track',
  }),
  press({
    type: 'interactive',
    kind: 'flow',
    body: 'Choose a time',
    flowId: '100000000000010',
    flowToken: 'demo',
    callToAction: 'Choose',
    action: 'navigate',
    screen: 'TIMES',
    data: { parcel: '4711' },
  }),
  press({
    type: 'interactive',
    kind: 'location_request',
    body: 'Where shall we deliver?',
  }),
  press({
    type: 'interactive',
    kind: 'product',
    body: 'A box that fits',
    catalogId: '100000000000011',
    productId: 'box-m',
  }),
  press({
    type: 'interactive',
    kind: 'product_list',
    body: 'Boxes of all sizes',
    header: { type: 'text', text: 'Boxes' },
    catalogId: '100000000000011',
    sections: [{ title: 'Sizes', productIds: ['box-s', 'box-m'] }],
  }),
  press({
    type: 'interactive',
    kind: 'catalog',
    body: 'All we have',
    thumbnailProductId: 'box-m',
  }),
  press({ ...mayWeCall, body: 'May we call you about your parcel?' }, mayWeCall),
  press({
    type: 'interactive',
    kind: 'address',
    body: 'Where do you live?',
    action: { name: 'address_message', parameters: { country: 'IN' } },
  }),
  press({
    type: 'interactive',
    kind: 'order_details',
    body: 'Your order',
    action: {
      name: 'review_and_pay',
      parameters: {
        reference_id: 'order-4711',
        type: 'physical-goods',
        currency: 'INR',
        total_amount: { value: 49_900, offset: 100 },
      },
    },
  }),
  press({
    type: 'interactive',
    kind: 'order_status',
    body: 'Your order is on its way',
    action: { name: 'review_order', parameters: { reference_id: 'order-4711', order: { status: 'shipped' } } },
  }),
  press({
    type: 'interactive',
    kind: 'carousel',
    body: 'Boxes',
    action: { cards: [carouselCard(0), carouselCard(1)] },
  }),
];

function press(...forms: readonly [InteractiveContent, ...InteractiveContent[]]): DemoForms {
  return { kind: `interactive, ${forms[0].kind}`, forms };
}

function carouselCard(index: number) {
  return {
    card_index: index,
    type: 'cta_url',
    header: { type: 'image', image: { link: `${files}/box-${index}.jpg` } },
    body: { text: `Box ${index}` },
    action: {
      name: 'cta_url',
      parameters: { display_text: 'Look', url: `https://example.com/boxes/${index}` },
    },
  };
}
