import type { InteractiveContent, InteractiveHeader } from '@posthorn/message';

/** Where each kind is sent: `/whatsapp/1/message/interactive/<path>`. Those Infobip lacks are refused before accept. */
export const pathByKind = {
  buttons: 'buttons',
  list: 'list',
  cta_url: 'url-button',
  flow: 'flow',
  location_request: 'location-request',
  product: 'product',
  product_list: 'multi-product',
  catalog: 'catalog',
  call_permission_request: 'call-permission-request',
  address: 'address',
  order_details: 'order-details',
  order_status: 'order-status',
  carousel: 'media-carousel',
} as const satisfies Record<InteractiveContent['kind'], string>;

/** Infobip's content of an interactive message; none for a request of call permission, whose words are WhatsApp's own. */
export function toInteractive(content: InteractiveContent) {
  if (content.kind === 'call_permission_request') return undefined;
  return {
    header: 'header' in content && content.header !== undefined ? toHeader(content.header) : undefined,
    body: content.body === undefined ? undefined : { text: content.body },
    footer: 'footer' in content && content.footer !== undefined ? { text: content.footer } : undefined,
    action: toAction(content),
  };
}

function toHeader(header: InteractiveHeader) {
  switch (header.type) {
    case 'text':
      return { type: 'TEXT', text: header.text };
    case 'image':
      return { type: 'IMAGE', mediaUrl: header.url };
    case 'video':
      return { type: 'VIDEO', mediaUrl: header.url };
    case 'document':
      return { type: 'DOCUMENT', mediaUrl: header.url, filename: header.filename };
    default:
      return header satisfies never;
  }
}

function toAction(content: Exclude<InteractiveContent, { kind: 'call_permission_request' }>) {
  switch (content.kind) {
    case 'buttons':
      return { buttons: content.buttons.map(({ id, title }) => ({ type: 'REPLY', id, title })) };
    case 'list':
      return { title: content.button, sections: content.sections };
    case 'cta_url':
      return { displayText: content.displayText, url: content.url };
    case 'flow':
      return toFlow(content);
    case 'product':
      return { catalogId: content.catalogId, productRetailerId: content.productId };
    case 'product_list': {
      const sections = content.sections.map(({ title, productIds }) => ({ title, productRetailerIds: productIds }));
      return { catalogId: content.catalogId, sections };
    }
    case 'location_request':
    case 'catalog':
      return undefined;
    case 'address':
    case 'order_details':
    case 'order_status':
    case 'carousel':
      return content.action;
    default:
      return content satisfies never;
  }
}

function toFlow(flow: Extract<InteractiveContent, { kind: 'flow' }>) {
  return {
    mode: flow.mode === 'draft' ? 'DRAFT' : 'PUBLISHED',
    flowMessageVersion: 3,
    flowToken: flow.flowToken,
    flowId: flow.flowId,
    callToActionButton: flow.callToAction,
    flowAction: flow.action === 'data_exchange' ? 'DATA_EXCHANGE' : 'NAVIGATE',
    // The data of a first screen must not be an empty object.
    flowActionPayload:
      flow.screen === undefined
        ? undefined
        : { screen: flow.screen, data: Object.keys(flow.data ?? {}).length === 0 ? undefined : flow.data },
  };
}
