import type { OutgoingMessage } from '@posthorn/provider';
import { toContact } from './to-contact.ts';
import { toInteractive } from './to-interactive.ts';
import { toDocument, toMedia } from './to-media.ts';
import { toTemplate } from './to-template.ts';

/** What stands in Meta's body under the name of the content's type. */
export function toContentObject({ content, reactionTo }: Pick<OutgoingMessage, 'content' | 'reactionTo'>): unknown {
  switch (content.type) {
    case 'text':
      return { preview_url: content.previewUrl, body: content.body };
    case 'image':
    case 'video':
      return { ...toMedia(content), caption: content.caption };
    case 'audio':
      return { ...toMedia(content), voice: content.voice };
    case 'document':
      return { ...toDocument(content), caption: content.caption };
    case 'sticker':
      return toMedia(content);
    case 'location': {
      const { latitude, longitude, name, address } = content;
      return { latitude, longitude, name, address };
    }
    case 'contacts':
      return content.contacts.map(toContact);
    case 'reaction':
      return { message_id: reactionTo ?? content.to, emoji: content.emoji };
    case 'interactive':
      return toInteractive(content);
    case 'template':
      return toTemplate(content);
    default:
      return content satisfies never;
  }
}
