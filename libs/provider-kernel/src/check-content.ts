import type { Content } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { checkInteractive } from './check-interactive.ts';
import { checkTemplate } from './check-template.ts';
import { onlyInV2, tooLong, tooMany } from './faults.ts';
import { limits } from './limits.ts';
import type { ApiVersion } from './settings.ts';

/**
 * Checks content against the limits of the channel's version before accept, all faults at once. Size and kind of a file given by its
 * address are known only when it is fetched. Pointers start at the content.
 */
export function checkContent(content: Content, version: ApiVersion): Fault[] {
  switch (content.type) {
    case 'text':
      return tooLong('/body', 'text.body', content.body, limits.textBody);
    case 'image':
    case 'video':
    case 'document':
      return tooLong('/caption', `${content.type}.caption`, content.caption, limits.caption);
    case 'contacts':
      return tooMany('/contacts', 'contacts', content.contacts.length, limits.contacts);
    case 'reaction':
      return version === 'v2' ? checkEmoji(content.emoji) : [onlyInV2('/type', 'reactions')];
    case 'interactive':
      return checkInteractive(content, version);
    case 'template':
      return checkTemplate(content, version);
    case 'audio':
    case 'sticker':
    case 'location':
      return [];
    default:
      return content satisfies never;
  }
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** One emoji, or none. By its look and not by a list, which would be older than the next emoji. */
function checkEmoji(emoji: string): Fault[] {
  const graphemes = [...segmenter.segment(emoji)].length;
  const pictured = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3/u.test(emoji);
  if (graphemes === 0 || (graphemes === 1 && pictured)) return [];
  return [{ pointer: '/emoji', detail: 'reaction.emoji: expected one emoji, or an empty text to remove it' }];
}
