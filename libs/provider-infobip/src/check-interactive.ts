import type { InteractiveContent } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import {
  checkButtons,
  checkHeader,
  checkList,
  checkProductList,
  repeated,
  tooLong,
  type HeadersByKind,
} from '@posthorn/whatsapp-format';
import { byIdOnly } from './faults.ts';
import { limits } from './limits.ts';

const anyHeader = ['text', 'image', 'video', 'document'] as const;
/** Headers by kind. Source: Infobip's OpenAPI description 3.210.0. */
const headersByKind: HeadersByKind = {
  buttons: anyHeader,
  list: ['text'],
  cta_url: anyHeader,
  flow: ['text'],
  location_request: [],
  product: [],
  product_list: ['text'],
  catalog: [],
  call_permission_request: [],
  address: [],
  order_details: ['image'],
  order_status: [],
  carousel: [],
};

/** Checks an interactive message. Pointers start at the content. */
export function checkInteractive(content: InteractiveContent): Fault[] {
  if (content.kind === 'catalog' || content.kind === 'address') {
    return [{ pointer: '/kind', detail: `interactive: Infobip offers no kind ${content.kind}; send another kind` }];
  }
  const footer = 'footer' in content ? content.footer : undefined;
  return [
    ...checkHead(content),
    ...tooLong('/body', 'interactive.body', content.body, limits.interactiveBody),
    ...tooLong('/footer', 'interactive.footer', footer, limits.footer),
    ...checkAction(content),
  ];
}

function checkHead(content: InteractiveContent): Fault[] {
  const faults = checkHeader(content, headersByKind, limits);
  const header = 'header' in content ? content.header : undefined;
  if (faults.length > 0 || header === undefined || header.type === 'text') return faults;
  return byIdOnly('/header', header);
}

function checkAction(content: InteractiveContent): Fault[] {
  switch (content.kind) {
    case 'buttons':
      return [
        ...checkButtons(content, limits),
        ...repeated(content.buttons.map(({ id }, index) => ({ pointer: `/buttons/${index}/id`, value: id }))),
      ];
    case 'list':
      return checkList(content, limits);
    case 'cta_url':
      return tooLong('/displayText', 'cta_url.displayText', content.displayText, limits.displayText);
    case 'flow':
      return checkFlow(content);
    case 'product_list':
      return checkProductList(content, limits);
    case 'call_permission_request':
      if (content.body === undefined) return [];
      return [
        { pointer: '/body', detail: 'call_permission_request: Infobip sends WhatsApp’s own words; leave it out' },
      ];
    case 'location_request':
    case 'product':
    case 'catalog':
    case 'address':
    case 'order_details':
    case 'order_status':
    case 'carousel':
      return [];
    default:
      return content satisfies never;
  }
}

/** Infobip knows a flow by its id only, and wants a token with it. */
function checkFlow(flow: Extract<InteractiveContent, { kind: 'flow' }>): Fault[] {
  const needs = (field: 'flowId' | 'flowToken') =>
    flow[field] === undefined ? [{ pointer: `/${field}`, detail: `flow.${field}: Infobip needs one, none came` }] : [];
  return [
    ...tooLong('/callToAction', 'flow.callToAction', flow.callToAction, limits.callToAction),
    ...needs('flowId'),
    ...needs('flowToken'),
    ...(flow.flowName === undefined
      ? []
      : [{ pointer: '/flowName', detail: 'flow.flowName: Infobip knows flows by their id; give flowId alone' }]),
    ...(flow.data !== undefined && flow.screen === undefined
      ? [{ pointer: '/screen', detail: 'flow.screen: data goes to a screen, none came' }]
      : []),
  ];
}
