import { isUserId, type Content } from '@posthorn/message';
import type { OutgoingMessage } from '@posthorn/provider';
import type { HttpRequest } from '@posthorn/runtime';
import { toOutgoingId } from './outgoing-id.ts';
import type { Sender } from './sender.ts';
import { toContacts } from './to-contacts.ts';
import { pathByKind, toInteractive } from './to-interactive.ts';
import { toOmni } from './to-omni.ts';
import { toTemplate } from './to-template.ts';

/**
 * One message as a call of `POST /whatsapp/1/message/<kind>`, or of the OMNI API. Both carry our id twice: as `messageId`, which
 * makes a repeat recognisable, and as callback data. Source: Infobip's OpenAPI description 3.210.0.
 */
export function toRequest(message: OutgoingMessage, sender: Sender, authorization: string): HttpRequest {
  const isOmni = sender.api === 'omni';
  return {
    operation: isOmni ? 'infobip.omni.send' : 'infobip.messages.send',
    method: 'POST',
    url: `${sender.baseUrl}${isOmni ? '/omni/1/advanced' : `/whatsapp/1/message/${pathOf(message.content)}`}`,
    headers: { authorization, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(isOmni ? toOmni(message, sender) : toBody(message, sender)),
  };
}

function pathOf(content: Content): string {
  switch (content.type) {
    case 'contacts':
      return 'contact';
    case 'interactive':
      return `interactive/${pathByKind[content.kind]}`;
    case 'text':
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
    case 'sticker':
    case 'location':
    case 'reaction':
    case 'template':
      return content.type;
    default:
      return content satisfies never;
  }
}

function toBody(message: OutgoingMessage, { sender, notifyUrl, applicationId, entityId }: Sender) {
  const { id, to, content, replyTo } = message;
  const envelope = {
    from: sender,
    to: isUserId(to) ? to : to.slice(1),
    messageId: toOutgoingId(message),
    content: toContent(content),
    callbackData: id,
    notifyUrl,
    applicationId,
    entityId,
  };
  if (content.type === 'template') return { messages: [envelope] };
  return { ...envelope, ...(replyTo !== null && { context: { replyToMessageId: replyTo } }) };
}

function toContent(content: Content): unknown {
  switch (content.type) {
    case 'text':
      return { text: content.body, previewUrl: content.previewUrl };
    case 'image':
    case 'video':
      return { mediaUrl: content.url, caption: content.caption };
    case 'audio':
      return { mediaUrl: content.url, voice: content.voice };
    case 'document':
      return { mediaUrl: content.url, filename: content.filename, caption: content.caption };
    case 'sticker':
      return { mediaUrl: content.url };
    case 'location': {
      const { latitude, longitude, name, address } = content;
      return { latitude, longitude, name, address };
    }
    case 'contacts':
      return { contacts: toContacts(content) };
    case 'interactive':
      return toInteractive(content);
    case 'template':
      return toTemplate(content);
    case 'reaction':
      // Refused before accept; a message that was stored by an older version is refused by Infobip.
      return {};
    default:
      return content satisfies never;
  }
}
