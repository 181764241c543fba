import type { Content } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { checkInteractive } from './check-interactive.ts';
import { checkTemplate } from './check-template.ts';
import { tooLong, tooMany } from './faults.ts';
import type { WhatsappLimits } from './limits.ts';

/**
 * Checks content against what Meta's API can do and the given limits, all faults at once. Size and kind of a file given by its
 * address are known only when it is fetched. Pointers start at the content.
 */
export function checkContent(content: Content, limits: WhatsappLimits): Fault[] {
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
      return checkEmoji(content.emoji);
    case 'interactive':
      return checkInteractive(content, limits);
    case 'template':
      return checkTemplate(content, limits);
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
  if (graphemes === 0) return [];
  const pictured = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3/u.test(emoji);
  if (graphemes === 1 && pictured) return [];
  const came = graphemes === 1 ? 'another character' : `${graphemes} characters`;
  return [
    { pointer: '/emoji', detail: `reaction.emoji: expected one emoji, or an empty text to remove it; came ${came}` },
  ];
}
