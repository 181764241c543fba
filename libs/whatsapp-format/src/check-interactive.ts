import type { InteractiveContent } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { checkButtons } from './check-buttons.ts';
import { checkHeader, type HeadersByKind } from './check-header.ts';
import { checkList } from './check-list.ts';
import { checkProductList } from './check-product-list.ts';
import { repeated, tooLong } from './faults.ts';
import type { WhatsappLimits } from './limits.ts';

const anyHeader = ['text', 'image', 'video', 'document'] as const;
/** Headers by kind. Source: the pages per interactive type under cloud-api/messages, read 2026-11. */
const headersByKind: HeadersByKind = {
  buttons: anyHeader,
  list: ['text'],
  cta_url: anyHeader,
  flow: anyHeader,
  location_request: [],
  product: [],
  product_list: ['text'],
  catalog: [],
  call_permission_request: [],
  address: anyHeader,
  order_details: ['image'],
  order_status: [],
  carousel: [],
};

/** Checks an interactive message against what Meta's API can do and the given limits. Pointers start at the content. */
export function checkInteractive(content: InteractiveContent, limits: WhatsappLimits): Fault[] {
  const bodyMax = content.kind === 'list' ? limits.listBody : limits.interactiveBody;
  const footer = 'footer' in content ? content.footer : undefined;
  return [
    ...checkHeader(content, headersByKind, limits),
    ...tooLong('/body', 'interactive.body', content.body, bodyMax),
    ...tooLong('/footer', 'interactive.footer', footer, limits.footer),
    ...checkAction(content, limits),
  ];
}

function checkAction(content: InteractiveContent, limits: WhatsappLimits): Fault[] {
  switch (content.kind) {
    case 'buttons':
      return [
        ...checkButtons(content, limits),
        ...repeated(content.buttons.map(({ id }, index) => ({ pointer: `/buttons/${index}/id`, value: id }))),
        ...repeated(content.buttons.map(({ title }, index) => ({ pointer: `/buttons/${index}/title`, value: title }))),
      ];
    case 'list':
      return checkList(content, limits);
    case 'cta_url':
      return tooLong('/displayText', 'cta_url.displayText', content.displayText, limits.displayText);
    case 'flow':
      return checkFlow(content, limits);
    case 'product_list':
      return checkProductList(content, limits);
    case 'location_request':
    case 'product':
    case 'catalog':
    case 'call_permission_request':
    case 'address':
    case 'order_details':
    case 'order_status':
    case 'carousel':
      return [];
    default:
      return content satisfies never;
  }
}

function checkFlow(flow: Extract<InteractiveContent, { kind: 'flow' }>, limits: WhatsappLimits): Fault[] {
  const faults = tooLong('/callToAction', 'flow.callToAction', flow.callToAction, limits.callToAction);
  if ((flow.flowId === undefined) === (flow.flowName === undefined)) {
    const came = flow.flowId === undefined ? 'none' : 'both';
    faults.push({ pointer: '/flowId', detail: `flow: expected exactly one of flowId and flowName, came ${came}` });
  }
  if (flow.data !== undefined && flow.screen === undefined) {
    faults.push({ pointer: '/screen', detail: 'flow.screen: data goes to a screen, none came' });
  }
  return faults;
}
