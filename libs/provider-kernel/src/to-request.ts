import { isUserId, type ContentOf } from '@posthorn/message';
import type { OutgoingMessage } from '@posthorn/provider';
import type { HttpRequest } from '@posthorn/runtime';
import { isOffered } from './check-interactive.ts';
import { correlatorHeader, correlatorOf } from './correlator.ts';
import type { ApiVersion } from './settings.ts';
import { toInteractive } from './to-interactive.ts';
import { toDocument, toMedia } from './to-media.ts';
import { toTemplate } from './to-template.ts';

/** What a request needs of the channel. */
export interface Sender {
  readonly url: string;
  readonly version: ApiVersion;
  readonly templateNamespace: string | undefined;
}

/**
 * One message as a call of `POST /whatsapp/<version>/messages`. Kernel does not publish the operation: v1 has the form of Meta's
 * On-Premises API (whose error numbers Kernel passes on), v2 that of the Cloud API.
 */
export function toRequest(message: OutgoingMessage, token: string | null, sender: Sender): HttpRequest {
  return {
    operation: 'kernel.messages.send',
    method: 'POST',
    url: sender.url,
    headers: {
      authorization: `Bearer ${token ?? ''}`,
      'content-type': 'application/json',
      [correlatorHeader]: correlatorOf(message.id),
    },
    body: JSON.stringify(sender.version === 'v1' ? toBodyV1(message, sender) : toBodyV2(message, sender)),
  };
}

function toBodyV1(message: OutgoingMessage, sender: Sender) {
  const { to, content, replyTo } = message;
  return {
    recipient_type: 'individual',
    to: isUserId(to) ? to : to.slice(1),
    type: content.type,
    // On premises the preview is the message's, not the text's.
    ...(content.type === 'text' && { preview_url: content.previewUrl }),
    [content.type]: content.type === 'text' ? { body: content.body } : toObject(message, sender),
    ...(replyTo !== null && { context: { message_id: replyTo } }),
  };
}

function toBodyV2(message: OutgoingMessage, sender: Sender) {
  const { id, to, content, replyTo } = message;
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...(isUserId(to) ? { recipient: to } : { to: to.slice(1) }),
    // A reaction names its message by itself; quoting is for the other types.
    ...(replyTo !== null && content.type !== 'reaction' && { context: { message_id: replyTo } }),
    biz_opaque_callback_data: id,
    type: content.type,
    [content.type]: toObject(message, sender),
  };
}

function toObject({ content, reactionTo }: OutgoingMessage, { version, templateNamespace }: Sender): unknown {
  switch (content.type) {
    case 'text':
      return { preview_url: content.previewUrl, body: content.body };
    case 'image':
    case 'video':
      return { ...toMedia(content), caption: content.caption };
    case 'audio':
      return version === 'v2' ? { ...toMedia(content), voice: content.voice } : toMedia(content);
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
      // Others are refused at accept; one that came another way is refused by Kernel.
      return isOffered(content) ? toInteractive(content) : { type: content.kind };
    case 'template':
      return toTemplate(content, version, templateNamespace);
    default:
      return content satisfies never;
  }
}

function toContact(contact: ContentOf<'contacts'>['contacts'][number]) {
  const { name, phones, emails, addresses, urls, org, birthday } = contact;
  return {
    name: {
      formatted_name: name.formattedName,
      first_name: name.firstName,
      last_name: name.lastName,
      middle_name: name.middleName,
      prefix: name.prefix,
      suffix: name.suffix,
    },
    phones: phones?.map(({ phone, type, waId }) => ({ phone, type, wa_id: waId })),
    emails,
    addresses: addresses?.map(({ countryCode, ...address }) => ({ ...address, country_code: countryCode })),
    urls,
    org,
    birthday,
  };
}
