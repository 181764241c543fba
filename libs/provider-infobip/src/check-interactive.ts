import type { InteractiveContent, InteractiveHeader } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { byIdOnly, repeated, tooLong, tooMany } from './faults.ts';
import { limits } from './limits.ts';

type Kind = InteractiveContent['kind'];
type HeaderType = InteractiveHeader['type'];

const anyHeader: readonly HeaderType[] = ['text', 'image', 'video', 'document'];
/** Headers by kind. Source: Infobip's OpenAPI description 3.210.0. */
const headersByKind: Readonly<Record<Kind, readonly HeaderType[]>> = {
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
    ...checkHeader(content),
    ...tooLong('/body', 'interactive.body', content.body, limits.interactiveBody),
    ...tooLong('/footer', 'interactive.footer', footer, limits.footer),
    ...checkAction(content),
  ];
}

function checkHeader(content: InteractiveContent): Fault[] {
  const header = 'header' in content ? content.header : undefined;
  if (header === undefined) {
    if (content.kind !== 'product_list') return [];
    return [
      { pointer: '/header', detail: 'interactive.header: a product list needs a header of type text, none came' },
    ];
  }
  const allowed = headersByKind[content.kind];
  if (!allowed.includes(header.type)) {
    const expected = allowed.length === 0 ? 'none is allowed' : `only ${allowed.join(', ')}`;
    const pointer = allowed.length === 0 ? '/header' : '/header/type';
    return [{ pointer, detail: `interactive.header: ${expected} with kind ${content.kind}, came ${header.type}` }];
  }
  if (header.type !== 'text') return byIdOnly('/header', header);
  return tooLong('/header/text', 'interactive.header.text', header.text, limits.headerText);
}

function checkAction(content: InteractiveContent): Fault[] {
  switch (content.kind) {
    case 'buttons':
      return [
        ...tooMany('/buttons', 'interactive.buttons', content.buttons.length, limits.buttons),
        ...content.buttons.flatMap(({ id, title }, index) => [
          ...tooLong(`/buttons/${index}/id`, 'button.id', id, limits.buttonId),
          ...tooLong(`/buttons/${index}/title`, 'button.title', title, limits.buttonTitle),
        ]),
        ...repeated(content.buttons.map(({ id }, index) => ({ pointer: `/buttons/${index}/id`, value: id }))),
      ];
    case 'list':
      return checkList(content);
    case 'cta_url':
      return tooLong('/displayText', 'cta_url.displayText', content.displayText, limits.displayText);
    case 'flow':
      return checkFlow(content);
    case 'product_list': {
      const products = content.sections.reduce((sum, { productIds }) => sum + productIds.length, 0);
      return [
        ...tooMany('/sections', 'product_list.sections', content.sections.length, limits.sections),
        ...tooMany('/sections', 'product_list products over all sections', products, limits.products),
        ...content.sections.flatMap(({ title }, index) =>
          tooLong(`/sections/${index}/title`, 'section.title', title, limits.sectionTitle),
        ),
      ];
    }
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

function checkList({ button, sections }: Extract<InteractiveContent, { kind: 'list' }>): Fault[] {
  const rows = sections.flatMap((section, at) =>
    section.rows.map((row, index) => ({ row, pointer: `/sections/${at}/rows/${index}` })),
  );
  return [
    ...tooLong('/button', 'list.button', button, limits.listButton),
    ...tooMany('/sections', 'list.sections', sections.length, limits.sections),
    ...tooMany('/sections', 'list rows over all sections', rows.length, limits.rows),
    ...sections.flatMap(({ title }, at) => {
      const pointer = `/sections/${at}/title`;
      if (title !== undefined || sections.length === 1) {
        return tooLong(pointer, 'section.title', title, limits.sectionTitle);
      }
      return [{ pointer, detail: 'section.title: each section needs one when there are several, none came' }];
    }),
    ...rows.flatMap(({ row, pointer }) => [
      ...tooLong(`${pointer}/id`, 'row.id', row.id, limits.rowId),
      ...tooLong(`${pointer}/title`, 'row.title', row.title, limits.rowTitle),
      ...tooLong(`${pointer}/description`, 'row.description', row.description, limits.rowDescription),
    ]),
    ...repeated(rows.map(({ row, pointer }) => ({ pointer: `${pointer}/id`, value: row.id }))),
  ];
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
