import type { Content, InteractiveContent } from '@posthorn/message';

/** One message of the demo. */
export interface DemoMessage {
  readonly kind: string;
  readonly content: Content;
  /** The message it quotes. */
  readonly replyTo?: string;
  /** The last status it should get by itself. */
  readonly ends: 'sent' | 'read' | 'played';
}

const files = 'https://files.example.com';
const image = { type: 'image', url: `${files}/parcel.jpg` } as const;
const address = { name: 'Depot', address: '1 Example Street', latitude: 52.52, longitude: 13.405 } as const;

/** A message of every type, interactive kind and template part that the WhatsApp Cloud API has. All of it is fictional. */
export function demoMessages(inboundId: string): readonly DemoMessage[] {
  return [
    read('text', { type: 'text', body: 'Your parcel arrives today. https://example.com/track', previewUrl: true }),
    { ...read('text, reply', { type: 'text', body: 'It is on its way.' }), replyTo: inboundId },
    read('image', { ...image, caption: 'Your parcel' }),
    read('video', { type: 'video', url: `${files}/unpacking.mp4`, caption: 'How to unpack it' }),
    read('audio', { type: 'audio', url: `${files}/jingle.mp3` }),
    { kind: 'audio, voice', content: { type: 'audio', voice: true, url: `${files}/note.ogg` }, ends: 'played' },
    read('document', {
      type: 'document',
      url: `${files}/invoice.pdf`,
      filename: 'invoice.pdf',
      caption: 'Your invoice',
    }),
    read('sticker', { type: 'sticker', url: `${files}/thanks.webp` }),
    read('location', { type: 'location', ...address }),
    read('contacts', {
      type: 'contacts',
      contacts: [
        {
          name: { formattedName: 'Example Support', firstName: 'Example' },
          phones: [{ phone: '+15550009999', type: 'WORK' }],
          emails: [{ email: 'support@example.com', type: 'WORK' }],
        },
      ],
    }),
    { kind: 'reaction', content: { type: 'reaction', to: inboundId, emoji: '👍' }, ends: 'sent' },
    ...interactive,
    ...templates,
  ];
}

const interactive: readonly DemoMessage[] = [
  press({
    type: 'interactive',
    kind: 'buttons',
    body: 'Shall we deliver tomorrow?',
    header: { type: 'text', text: 'Delivery' },
    footer: 'Example Parcels',
    buttons: [
      { id: 'yes', title: 'Yes' },
      { id: 'no', title: 'Another day' },
    ],
  }),
  press({
    type: 'interactive',
    kind: 'list',
    body: 'When shall we come?',
    button: 'Times',
    sections: [{ title: 'Tomorrow', rows: [{ id: 't1', title: '8 to 10', description: 'Before work' }] }],
  }),
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
  press({
    type: 'interactive',
    kind: 'call_permission_request',
    body: 'May we call you about your parcel?',
  }),
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

const templates: readonly DemoMessage[] = [
  template('plain', 'hello_world', []),
  template('named text', 'parcel_arrives', [
    { type: 'header', parameters: [{ type: 'text', text: 'Today' }] },
    {
      type: 'body',
      parameters: [
        { type: 'text', name: 'name', text: 'Ada' },
        { type: 'text', name: 'time', text: '10 to 12' },
      ],
    },
  ]),
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
  template('catalog button', 'our_boxes', [
    { type: 'button', kind: 'catalog', index: 0, action: { thumbnail_product_retailer_id: 'box-m' } },
  ]),
  template('products button', 'box_sizes', [
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
  template('order button', 'pay_order', [
    { type: 'button', kind: 'order_details', index: 0, action: { order_details: { reference_id: 'order-4711' } } },
  ]),
  template('carousel', 'box_cards', [
    { type: 'carousel', cards: [{ components: [{ type: 'header', parameters: [image] }] }] },
  ]),
];

type TemplateInput = NonNullable<Extract<Content, { type: 'template' }>['components']>;

function read(kind: string, content: Content): DemoMessage {
  return { kind, content, ends: 'read' };
}

function press(content: InteractiveContent): DemoMessage {
  return read(`interactive, ${content.kind}`, content);
}

function template(kind: string, name: string, components: TemplateInput): DemoMessage {
  return read(`template, ${kind}`, {
    type: 'template',
    name,
    language: 'en_US',
    ...(components.length > 0 && { components }),
  });
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
