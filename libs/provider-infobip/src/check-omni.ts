import type { Content, ContentOf } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { tooLong } from '@posthorn/whatsapp-format';
import { checkContacts } from './check-contacts.ts';
import { checkTemplate } from './check-template.ts';
import { byIdOnly } from './faults.ts';
import { limits } from './limits.ts';

/** Checks content for the OMNI API, which has no stickers and no interactive messages, and simpler templates. */
export function checkOmni(content: Content): Fault[] {
  switch (content.type) {
    case 'text':
      return tooLong('/body', 'text.body', content.body, limits.textBody);
    case 'image':
    case 'video':
    case 'document':
      return [
        ...byIdOnly('', content),
        ...tooLong('/caption', `${content.type}.caption`, content.caption, limits.caption),
      ];
    case 'audio':
      return byIdOnly('', content);
    case 'location':
      return [];
    case 'contacts':
      return checkContacts(content);
    case 'template':
      return [...checkTemplate(content), ...checkSimple(content)];
    case 'sticker':
    case 'reaction':
    case 'interactive': {
      const detail = `${content.type}: Infobip's OMNI API cannot send it; use a channel with api whatsapp, or another type`;
      return [{ pointer: '/type', detail }];
    }
    default:
      return content satisfies never;
  }
}

/** The OMNI API knows headers, a body, and buttons of two kinds. */
function checkSimple({ components = [] }: ContentOf<'template'>): Fault[] {
  return components.flatMap((component, at) => {
    const pointer = `/components/${at}`;
    if (component.type === 'header' || component.type === 'body') return [];
    if (component.type !== 'button') {
      const detail = `template: Infobip's OMNI API has no ${component.type}; use a channel with api whatsapp`;
      return [{ pointer: `${pointer}/type`, detail }];
    }
    if (component.kind === 'url') {
      return tooLong(`${pointer}/text`, 'template button text', component.text, limits.omniUrlPlaceholder);
    }
    if (component.kind === 'quick_reply') return [];
    const detail = `template button: expected quick_reply or url with Infobip's OMNI API, came ${component.kind}`;
    return [{ pointer: `${pointer}/kind`, detail }];
  });
}
