import type { InteractiveContent, InteractiveHeader } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { tooLong, tooMany } from './faults.ts';
import { limits } from './limits.ts';

type Kind = InteractiveContent['kind'];
type HeaderType = InteractiveHeader['type'];

const anyHeader: readonly HeaderType[] = ['text', 'image', 'video', 'document'];
/** Headers by kind. Source: the pages per interactive type under cloud-api/messages, read 2026-11. */
const headersByKind: Readonly<Record<Kind, readonly HeaderType[]>> = {
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

/** Checks an interactive message. Pointers start at the content. */
export function checkInteractive(content: InteractiveContent): Fault[] {
  const bodyMax = content.kind === 'list' ? limits.listBody : limits.interactiveBody;
  const footer = 'footer' in content ? content.footer : undefined;
  return [
    ...checkHeader(content),
    ...tooLong('/body', 'interactive.body', content.body, bodyMax),
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
  return header.type === 'text'
    ? tooLong('/header/text', 'interactive.header.text', header.text, limits.headerText)
    : [];
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
        ...repeated(content.buttons.map(({ title }, index) => ({ pointer: `/buttons/${index}/title`, value: title }))),
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

function checkFlow(flow: Extract<InteractiveContent, { kind: 'flow' }>): Fault[] {
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

/** Answers name a button or row by its id: Meta refuses a message where two are the same. */
function repeated(values: readonly { readonly pointer: string; readonly value: string }[]): Fault[] {
  const seen = new Set<string>();
  return values.flatMap(({ pointer, value }) => {
    if (!seen.has(value)) {
      seen.add(value);
      return [];
    }
    return [{ pointer, detail: 'expected each one to be different, came the same twice' }];
  });
}
