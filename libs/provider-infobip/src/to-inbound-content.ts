import type { InboundContent, InboundMedia } from '@posthorn/message';
import { asText, type JsonObject } from '@posthorn/whatsapp-format';
import { withoutNulls } from './without-nulls.ts';

/** Our names of Infobip's types; the others keep their own, in lower case. */
const typeByName: ReadonlyMap<string, string> = new Map([
  ['VOICE', 'audio'],
  ['CONTACT', 'contacts'],
]);

/** These have a place beside the content. */
const besides = ['type', 'context', 'referral', 'identity'];

/** Content by its type. What has no field of its own stays under `data`, in Infobip's terms. */
export function toInboundContent(told: JsonObject): InboundContent {
  const name = asText(told['type']) ?? 'UNKNOWN';
  const type = name.startsWith('INTERACTIVE_') ? 'interactive' : (typeByName.get(name) ?? name.toLowerCase());
  switch (name) {
    case 'TEXT':
      if (typeof told['text'] !== 'string') return { type, data: withoutNulls(told, besides) };
      return { type, text: told['text'], data: withoutNulls(told, [...besides, 'text']) };
    case 'IMAGE':
    case 'VIDEO':
    case 'AUDIO':
    case 'VOICE':
    case 'DOCUMENT':
    case 'STICKER': {
      const media = toMedia(told, name);
      return { type, media, data: withoutNulls(told, media === undefined ? besides : [...besides, 'url', 'caption']) };
    }
    case 'CONTACT':
      return { type, data: told['contacts'] ?? withoutNulls(told, besides) };
    case 'REACTION':
      return { type, data: { ...withoutNulls(told, besides), ...reactedTo(told) } };
    case 'BUTTON':
    case 'ORDER':
      return { type, text: asText(told['text']), data: withoutNulls(told, besides) };
    default:
      // An answer to an interactive message keeps Infobip's name of its kind in the data.
      return type === 'interactive'
        ? {
            type,
            text: asText(told['title']) ?? asText(told['text']),
            data: { ...withoutNulls(told, besides), type: name },
          }
        : { type, data: withoutNulls(told, besides) };
  }
}

/** The message that was reacted to: it stands in the context, where it would read as a quote. */
function reactedTo({ context }: JsonObject): JsonObject {
  const id = typeof context === 'object' && context !== null && !Array.isArray(context) ? context['id'] : undefined;
  return id === undefined ? {} : { messageId: id };
}

/** A file is known by its address only, which ends with its id. */
function toMedia(told: JsonObject, name: string): InboundMedia | undefined {
  const url = asText(told['url']);
  if (url === undefined) return undefined;
  const id = /\/([^/?#]+)(?:[?#].*)?$/u.exec(url)?.[1] ?? url;
  return { id, url, caption: asText(told['caption']), ...(name === 'VOICE' && { voice: true }) };
}
