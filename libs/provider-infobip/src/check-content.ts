import type { Content } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { tooLong } from '@posthorn/whatsapp-format';
import { checkContacts } from './check-contacts.ts';
import { checkInteractive } from './check-interactive.ts';
import { checkOmni } from './check-omni.ts';
import { checkTemplate } from './check-template.ts';
import { byIdOnly } from './faults.ts';
import { limits } from './limits.ts';

/**
 * Checks content against Infobip's limits before accept, all faults at once. Size and kind of a file are known only when Infobip
 * fetches it. Pointers start at the content. A channel of the OMNI API (`settings.api`) can do less.
 */
export function checkContent(content: Content, settings?: unknown): Fault[] {
  return isOmni(settings) ? checkOmni(content) : checkCurrent(content);
}

/** Why a message cannot quote another one, or null: templates cannot, and the OMNI API has no field for it. */
export function checkReply(content: Content, settings?: unknown): string | null {
  if (isOmni(settings)) {
    return "Infobip's OMNI API cannot quote a message; leave replyTo out, or use a channel with api whatsapp";
  }
  return content.type === 'template' ? 'Infobip cannot quote a message with a template; leave replyTo out' : null;
}

function isOmni(settings: unknown): boolean {
  return typeof settings === 'object' && settings !== null && 'api' in settings && settings.api === 'omni';
}

function checkCurrent(content: Content): Fault[] {
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
    case 'sticker':
      return byIdOnly('', content);
    case 'contacts':
      return checkContacts(content);
    case 'interactive':
      return checkInteractive(content);
    case 'template':
      return checkTemplate(content);
    case 'reaction':
      return [{ pointer: '/type', detail: 'reaction: Infobip offers no sending of reactions; send another type' }];
    case 'location':
      return [];
    default:
      return content satisfies never;
  }
}
