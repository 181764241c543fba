import { channelIdOf, type Content, type ContentOf } from '@posthorn/message';
import type { OutgoingMessage } from '@posthorn/provider';
import type { HttpRequest } from '@posthorn/runtime';
import { contentSidOf } from './content-sid-of.ts';
import { contentVariablesOf, toContentVariables } from './content-variables.ts';
import { isSessionContent, sessionContentOf } from './session-contents.ts';
import type { ContentSettings } from './settings.ts';

/** What a request needs of the channel. */
export interface Sender extends ContentSettings {
  /** `<base>/2010-04-01/Accounts/<account>/Messages.json`. */
  readonly url: string;
  /** The value of the header. */
  readonly authorization: string;
  readonly from: string;
  readonly messagingServiceSid?: string | undefined;
  readonly publicUrl: string;
  readonly callbackOverrides: string;
}

/** The query parameter of a status callback that carries our id back. */
export const messageIdParameter = 'm';

type Fields = Readonly<Record<string, string | undefined>>;

/**
 * One message as a call of `POST /Accounts/{sid}/Messages.json`. The API knows no idempotency key: our id goes into the address of
 * the status callback, so that the first callback tells which message a lost answer was about.
 * Source: Twilio, Messages resource, read 2026-11.
 */
export function toRequest(message: OutgoingMessage, sender: Sender): HttpRequest {
  const fields: Fields = {
    To: `whatsapp:${message.to}`,
    From: `whatsapp:${sender.from}`,
    MessagingServiceSid: sender.messagingServiceSid,
    ...toFields(message.content, sender),
    StatusCallback: toStatusCallback(message, sender),
  };
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.append(name, value);
  return {
    operation: 'twilio.messages.send',
    method: 'POST',
    url: sender.url,
    headers: { authorization: sender.authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  };
}

/** Without the overrides behind `#`, Twilio tries once, and a 5xx of ours loses the status. They are not sent and not signed. */
function toStatusCallback({ id }: OutgoingMessage, { publicUrl, callbackOverrides }: Sender): string {
  const url = `${publicUrl}/webhooks/twilio/${channelIdOf(id)}?${messageIdParameter}=${id}`;
  return callbackOverrides === '' ? url : `${url}#${callbackOverrides}`;
}

/** What content becomes. What Twilio cannot do is refused by the check; here it has no fields, and Twilio refuses it. */
function toFields(content: Content, sender: Sender): Fields {
  switch (content.type) {
    case 'text':
      return { Body: content.body };
    case 'image':
    case 'video':
    case 'document':
      return { Body: content.caption, MediaUrl: content.url };
    case 'audio':
    case 'sticker':
      return { MediaUrl: content.url };
    case 'location':
      return toLocation(content);
    case 'template': {
      const found = contentSidOf(content, sender);
      // A name taken out of the settings after accept: as it stands, Twilio refuses it (21655).
      const sid = found.kind === 'found' ? found.sid : content.name;
      return { ContentSid: sid, ContentVariables: toContentVariables(contentVariablesOf(content).variables) };
    }
    case 'interactive': {
      if (!isSessionContent(content)) return {};
      const { name, values } = sessionContentOf(content);
      const variables = values.map((value, index) => ({ key: String(index + 1), value }));
      return { ContentSid: sender.contents[name] ?? name, ContentVariables: toContentVariables(variables) };
    }
    case 'contacts':
    case 'reaction':
      return {};
    default:
      return content satisfies never;
  }
}

/** `geo:<lat>,<long>|<label>`; a location needs a body too. */
function toLocation({ latitude, longitude, name, address }: ContentOf<'location'>): Fields {
  const place = `${decimal(latitude)},${decimal(longitude)}`;
  const label = (address ?? name)?.replaceAll(/[|\r\n]+/gu, ' ');
  return {
    Body: name ?? address ?? place,
    PersistentAction: `geo:${place}${label === undefined ? '' : `|${label}`}`,
  };
}

/** Without an exponent; seven places are a centimetre. */
function decimal(degrees: number): string {
  return degrees.toFixed(7).replace(/\.?0+$/u, '');
}
