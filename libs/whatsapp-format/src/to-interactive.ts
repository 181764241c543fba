import type { InteractiveContent, InteractiveHeader } from '@posthorn/message';
import { toDocument, toMedia } from './to-media.ts';

/** Meta's `interactive` object. */
export function toInteractive(content: InteractiveContent) {
  return {
    type: typeByKind[content.kind],
    header: 'header' in content && content.header !== undefined ? toHeader(content.header) : undefined,
    body: content.body === undefined ? undefined : { text: content.body },
    footer: 'footer' in content && content.footer !== undefined ? { text: content.footer } : undefined,
    action: toAction(content),
  };
}

const typeByKind = {
  buttons: 'button',
  list: 'list',
  cta_url: 'cta_url',
  flow: 'flow',
  location_request: 'location_request_message',
  product: 'product',
  product_list: 'product_list',
  catalog: 'catalog_message',
  call_permission_request: 'call_permission_request',
  address: 'address_message',
  order_details: 'order_details',
  order_status: 'order_status',
  carousel: 'carousel',
} as const satisfies Record<InteractiveContent['kind'], string>;

function toHeader(header: InteractiveHeader) {
  switch (header.type) {
    case 'text':
      return { type: 'text', text: header.text };
    case 'image':
      return { type: 'image', image: toMedia(header) };
    case 'video':
      return { type: 'video', video: toMedia(header) };
    case 'document':
      return { type: 'document', document: toDocument(header) };
    default:
      return header satisfies never;
  }
}

function toAction(content: InteractiveContent) {
  switch (content.kind) {
    case 'buttons':
      return { buttons: content.buttons.map(({ id, title }) => ({ type: 'reply', reply: { id, title } })) };
    case 'list':
      return { button: content.button, sections: content.sections };
    case 'cta_url':
      return { name: 'cta_url', parameters: { display_text: content.displayText, url: content.url } };
    case 'flow':
      return { name: 'flow', parameters: toFlowParameters(content) };
    case 'location_request':
      return { name: 'send_location' };
    case 'product':
      return { catalog_id: content.catalogId, product_retailer_id: content.productId };
    case 'product_list': {
      const sections = content.sections.map(({ title, productIds }) => ({
        title,
        product_items: productIds.map((id) => ({ product_retailer_id: id })),
      }));
      return { catalog_id: content.catalogId, sections };
    }
    case 'catalog': {
      const id = content.thumbnailProductId;
      const parameters = id === undefined ? undefined : { thumbnail_product_retailer_id: id };
      return { name: 'catalog_message', parameters };
    }
    case 'call_permission_request':
      return { name: 'call_permission_request' };
    case 'address':
    case 'order_details':
    case 'order_status':
    case 'carousel':
      return content.action;
    default:
      return content satisfies never;
  }
}

function toFlowParameters(flow: Extract<InteractiveContent, { kind: 'flow' }>) {
  return {
    flow_message_version: '3',
    flow_id: flow.flowId,
    flow_name: flow.flowName,
    flow_cta: flow.callToAction,
    flow_token: flow.flowToken,
    mode: flow.mode,
    flow_action: flow.action,
    flow_action_payload: flow.screen === undefined ? undefined : { screen: flow.screen, data: flow.data },
  };
}
