import { isUserId, type Content, type ContentOf, type TemplateButton, type TemplateParameter } from '@posthorn/message';
import type { OutgoingMessage } from '@posthorn/provider';
import { toOutgoingId } from './outgoing-id.ts';
import type { Sender } from './sender.ts';
import { toContacts } from './to-contacts.ts';
import { partsOf } from './to-template.ts';

/**
 * One message for the OMNI failover API, `POST /omni/1/advanced`. The scenario names the sender. Captions stand in `text`; it
 * quotes nothing. Source: Infobip's OpenAPI description 3.210.0.
 */
export function toOmni(message: OutgoingMessage, sender: Sender) {
  const { id, to, content } = message;
  const { scenarioKey, templateNamespace, notifyUrl } = sender;
  return {
    scenarioKey,
    destinations: [
      { messageId: toOutgoingId(message), to: isUserId(to) ? { whatsAppUserId: to } : { phoneNumber: to.slice(1) } },
    ],
    whatsApp: toWhatsApp(content, templateNamespace),
    callbackData: id,
    notifyUrl,
    notifyContentType: notifyUrl === undefined ? undefined : 'application/json',
  };
}

function toWhatsApp(content: Content, templateNamespace: string | undefined): unknown {
  switch (content.type) {
    case 'text':
      return { text: content.body, previewUrl: content.previewUrl };
    case 'image':
      return { text: content.caption, imageUrl: content.url };
    case 'video':
      return { text: content.caption, videoUrl: content.url };
    case 'audio':
      return { audioUrl: content.url };
    case 'document':
      // There is no field for the name of a file: as before, it is its text.
      return { text: content.caption ?? content.filename, fileUrl: content.url };
    case 'location': {
      const { latitude, longitude, name, address } = content;
      return { latitude, longitude, locationName: name, address };
    }
    case 'contacts':
      return { contacts: toContacts(content) };
    case 'template':
      return toTemplate(content, templateNamespace);
    case 'sticker':
    case 'reaction':
    case 'interactive':
      // Refused before accept; a message that was stored by an older version is refused by Infobip.
      return {};
    default:
      return content satisfies never;
  }
}

function toTemplate({ name, language, components = [] }: ContentOf<'template'>, templateNamespace: string | undefined) {
  const { header, placeholders, buttons } = partsOf(components);
  const isPlain = header === undefined && buttons.length === 0;
  return {
    templateNamespace,
    templateName: name,
    language,
    templateData: isPlain ? placeholders : undefined,
    mediaTemplateData: isPlain
      ? undefined
      : {
          header: header === undefined ? undefined : toHeader(header),
          body: { placeholders },
          buttons: buttons.length === 0 ? undefined : buttons.map(toButton),
        },
  };
}

function toHeader(parameter: TemplateParameter) {
  switch (parameter.type) {
    case 'text':
      return { textPlaceholder: parameter.text };
    case 'currency':
    case 'date_time':
      return { textPlaceholder: parameter.fallback };
    case 'image':
      return { imageUrl: parameter.url };
    case 'video':
      return { videoUrl: parameter.url };
    case 'document':
      return { documentUrl: parameter.url, documentFilename: parameter.filename };
    case 'location':
      return { latitude: parameter.latitude, longitude: parameter.longitude };
    default:
      return parameter satisfies never;
  }
}

function toButton(button: TemplateButton) {
  switch (button.kind) {
    case 'quick_reply':
      return { quickReplyPayload: button.payload };
    case 'url':
      return { urlPlaceholder: button.text };
    case 'copy_code':
    case 'flow':
    case 'catalog':
    case 'mpm':
    case 'order_details':
      // Refused before accept.
      return {};
    default:
      return button satisfies never;
  }
}
