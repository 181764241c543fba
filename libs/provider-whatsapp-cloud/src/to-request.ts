import { isUserId, type ContentOf } from '@posthorn/message';
import type { OutgoingMessage } from '@posthorn/provider';
import type { HttpRequest } from '@posthorn/runtime';
import { toInteractive } from './to-interactive.ts';
import { toDocument, toMedia } from './to-media.ts';
import { toTemplate } from './to-template.ts';

/** What a request needs of the channel. */
export interface Sender {
  /** `<base>/<version>/<phone number id>/messages`. */
  readonly url: string;
  readonly accessToken: string;
  readonly appSecretProof: string | undefined;
}

/**
 * One message as a call of `POST /{phone number id}/messages`. The proof goes into the body and not into the query, because
 * addresses end up in logs. Source: developers.facebook.com/docs/whatsapp/cloud-api/reference/messages, read 2026-11.
 */
export function toRequest(message: OutgoingMessage, { url, accessToken, appSecretProof }: Sender): HttpRequest {
  return {
    operation: 'whatsapp-cloud.messages.send',
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...toBody(message), appsecret_proof: appSecretProof }),
  };
}

function toBody(message: OutgoingMessage) {
  const { id, to, content, replyTo } = message;
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...(isUserId(to) ? { recipient: to } : { to: to.slice(1) }),
    // A reaction names its message by itself; quoting is for the other types.
    ...(replyTo !== null && content.type !== 'reaction' && { context: { message_id: replyTo } }),
    biz_opaque_callback_data: id,
    type: content.type,
    [content.type]: toObject(message),
  };
}

function toObject({ content, reactionTo }: OutgoingMessage): unknown {
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
