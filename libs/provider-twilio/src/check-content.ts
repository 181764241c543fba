import type { Content, InteractiveContent, MediaContent } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { checkButtons, checkRows, rowsOf, tooLong, tooMany } from '@posthorn/whatsapp-format';
import { contentSidOf } from './content-sid-of.ts';
import { checkVariables, contentVariablesOf } from './content-variables.ts';
import { impossible } from './faults.ts';
import { limits } from './limits.ts';
import { isSessionContent, sessionContentOf, type SessionContent } from './session-contents.ts';
import { contentSettingsSchema, type ContentSettings } from './settings.ts';

/**
 * Checks content against what Twilio can do, all faults at once. With the channel's settings it also knows which templates and
 * contents there are. Size and kind of a file are known only when Twilio fetches it. Pointers start at the content.
 */
export function checkContent(content: Content, settings?: unknown): Fault[] {
  const known = settings === undefined ? null : (contentSettingsSchema.safeParse(settings).data ?? null);
  switch (content.type) {
    case 'text':
      return tooLong('/body', 'text.body', content.body, limits.textBody);
    case 'image':
    case 'video':
      return [
        ...checkSource(content),
        ...tooLong('/caption', `${content.type}.caption`, content.caption, limits.caption),
      ];
    case 'document':
      return [
        ...checkSource(content),
        ...tooLong('/caption', 'document.caption', content.caption, limits.caption),
        ...(content.filename === undefined
          ? []
          : [
              impossible('/filename', 'document.filename', 'leave it out; the name at the end of its address is shown'),
            ]),
      ];
    case 'audio':
    case 'sticker':
      return checkSource(content);
    case 'location':
      return [];
    case 'template':
      return [...checkName(content, known), ...contentVariablesOf(content).faults];
    case 'interactive':
      return isSessionContent(content) ? checkInteractive(content, known) : [otherKind(content)];
    case 'contacts':
    case 'reaction':
      return [impossible('/type', `content of type ${content.type}`, 'send another type')];
    default:
      return content satisfies never;
  }
}

function checkSource({ providerMediaId }: MediaContent): Fault[] {
  if (providerMediaId === undefined) return [];
  return [impossible('/providerMediaId', 'a file uploaded before', 'give its public address as url')];
}

function checkName(content: Extract<Content, { type: 'template' }>, known: ContentSettings | null): Fault[] {
  if (known === null) return [];
  const found = contentSidOf(content, known);
  if (found.kind === 'no_name') {
    const detail =
      'template.name: expected a content SID (HX and 32 digits), or a name of the channel’s setting templates; came neither';
    return [{ pointer: '/name', detail }];
  }
  if (found.kind !== 'no_language') return [];
  return [
    {
      pointer: '/language',
      detail:
        'template.language: expected a language that the channel’s setting templates has for this name; came another',
    },
  ];
}

function otherKind({ kind }: InteractiveContent): Fault {
  return impossible(
    '/kind',
    `interactive.kind ${kind}`,
    'make a content for it at Twilio and send it as a template by its SID',
  );
}

function checkInteractive(content: SessionContent, known: ContentSettings | null): Fault[] {
  const { name, values } = sessionContentOf(content);
  const faults = [
    ...('header' in content && content.header !== undefined
      ? [
          impossible(
            '/header',
            'interactive.header',
            'leave it out, or make a card at Twilio and send it as a template',
          ),
        ]
      : []),
    ...('footer' in content && content.footer !== undefined
      ? [impossible('/footer', 'interactive.footer', 'leave it out')]
      : []),
    ...tooLong('/body', 'interactive.body', content.body, limits.interactiveBody),
    ...checkAction(content),
  ];
  if (faults.length > 0) return faults;
  if (known !== null && known.contents[name] === undefined) {
    const detail = `interactive.kind ${content.kind}: expected the channel’s setting contents to name ${name}, came no such content; make it once at Twilio`;
    return [{ pointer: '/kind', detail }];
  }
  const broken = checkVariables(values.map((value, index) => ({ key: String(index + 1), value, pointer: '/body' })));
  return broken.slice(0, 1);
}

function checkAction(content: SessionContent): Fault[] {
  switch (content.kind) {
    case 'buttons':
      return checkButtons(content, limits);
    case 'list':
      return checkList(content);
    case 'cta_url':
      return tooLong('/displayText', 'cta_url.displayText', content.displayText, limits.displayText);
    default:
      return content satisfies never;
  }
}

function checkList({ button, sections }: Extract<SessionContent, { kind: 'list' }>): Fault[] {
  const rows = rowsOf(sections);
  const described = rows.filter(({ row }) => row.description !== undefined).length;
  return [
    ...tooLong('/button', 'list.button', button, limits.listButton),
    ...tooMany('/sections', 'list rows over all sections', rows.length, limits.rows),
    ...sections.flatMap(({ title }, at) =>
      title === undefined
        ? []
        : [
            impossible(
              `/sections/${at}/title`,
              'the title of a section',
              'leave it out: Twilio’s lists have no sections',
            ),
          ],
    ),
    ...checkRows(rows, limits),
    ...(described > 0 && described < rows.length
      ? [
          {
            pointer: '/sections',
            detail: `row.description: expected one in each row or in none, came ${described} of ${rows.length}`,
          },
        ]
      : []),
  ];
}
