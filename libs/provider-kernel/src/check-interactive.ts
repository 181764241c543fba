import type { InteractiveContent, InteractiveHeader } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { onlyInV2, repeated, tooLong, tooMany } from './faults.ts';
import { limits } from './limits.ts';
import type { ApiVersion } from './settings.ts';

type Kind = InteractiveContent['kind'];
type HeaderType = InteractiveHeader['type'];

/** The kinds Kernel can do. The rest of the Cloud API's is not offered until someone has seen it go through Kernel. */
export const interactiveKinds = ['buttons', 'list', 'cta_url', 'flow', 'location_request'] as const satisfies Kind[];
export type OfferedInteractive = Extract<InteractiveContent, { kind: (typeof interactiveKinds)[number] }>;

const anyHeader: readonly HeaderType[] = ['text', 'image', 'video', 'document'];
const headersByKind: Readonly<Record<OfferedInteractive['kind'], readonly HeaderType[]>> = {
  buttons: anyHeader,
  list: ['text'],
  cta_url: anyHeader,
  flow: anyHeader,
  location_request: [],
};

/** Whether Kernel can do that kind at all. */
export function isOffered(content: InteractiveContent): content is OfferedInteractive {
  return interactiveKinds.some((kind) => kind === content.kind);
}

/** Checks an interactive message. Pointers start at the content. */
export function checkInteractive(content: InteractiveContent, version: ApiVersion): Fault[] {
  if (!isOffered(content)) {
    const detail = `interactive: expected one of ${interactiveKinds.join(', ')}, came ${content.kind}, which Kernel is not known to do`;
    return [{ pointer: '/kind', detail }];
  }
  if (version === 'v1' && content.kind !== 'buttons' && content.kind !== 'list') {
    return [onlyInV2('/kind', `interactive messages of kind ${content.kind}`)];
  }
  const bodyMax = content.kind === 'list' ? limits.listBody : limits.interactiveBody;
  const footer = 'footer' in content ? content.footer : undefined;
  return [
    ...checkHeader(content),
    ...tooLong('/body', 'interactive.body', content.body, bodyMax),
    ...tooLong('/footer', 'interactive.footer', footer, limits.footer),
    ...checkAction(content),
  ];
}

function checkHeader(content: OfferedInteractive): Fault[] {
  const header = 'header' in content ? content.header : undefined;
  if (header === undefined) return [];
  const allowed = headersByKind[content.kind];
  if (!allowed.includes(header.type)) {
    const expected = `only ${allowed.join(', ')}`;
    const detail = `interactive.header: ${expected} with kind ${content.kind}, came ${header.type}`;
    return [{ pointer: '/header/type', detail }];
  }
  return header.type === 'text'
    ? tooLong('/header/text', 'interactive.header.text', header.text, limits.headerText)
    : [];
}

function checkAction(content: OfferedInteractive): Fault[] {
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
      return [
        ...tooLong('/callToAction', 'flow.callToAction', content.callToAction, limits.callToAction),
        ...((content.flowId === undefined) === (content.flowName === undefined)
          ? [{ pointer: '/flowId', detail: 'flow: expected exactly one of flowId and flowName' }]
          : []),
      ];
    case 'location_request':
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
      if (title !== undefined || sections.length === 1)
        return tooLong(pointer, 'section.title', title, limits.sectionTitle);
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
