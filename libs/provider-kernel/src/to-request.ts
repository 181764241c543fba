import { isUserId } from '@posthorn/message';
import type { OutgoingMessage } from '@posthorn/provider';
import type { HttpRequest } from '@posthorn/runtime';
import { toBody, toContentObject, toMedia, toTemplate } from '@posthorn/whatsapp-format';
import { correlatorHeader, correlatorOf } from './correlator.ts';
import { isOffered } from './offered-interactive.ts';
import type { ApiVersion } from './settings.ts';

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
    body: JSON.stringify(sender.version === 'v1' ? toBodyV1(message, sender) : toBodyV2(message)),
  };
}

/** Kinds that are not offered are refused at accept; what came another way goes out without its parts, for Kernel to refuse. */
function toBodyV2(message: OutgoingMessage) {
  const { content } = message;
  const body = toBody(message);
  return content.type === 'interactive' && !isOffered(content)
    ? { ...body, interactive: { type: content.kind } }
    : body;
}

function toBodyV1(message: OutgoingMessage, sender: Sender) {
  const { to, content, replyTo } = message;
  return {
    recipient_type: 'individual',
    to: isUserId(to) ? to : to.slice(1),
    type: content.type,
    // On premises the preview is the message's, not the text's.
    ...(content.type === 'text' && { preview_url: content.previewUrl }),
    [content.type]: toObjectV1(message, sender),
    ...(replyTo !== null && { context: { message_id: replyTo } }),
  };
}

/** Where the On-Premises form differs: text without its preview, audio without its kind, templates with a namespace and a policy. */
function toObjectV1(message: OutgoingMessage, { templateNamespace: namespace }: Sender): unknown {
  const { content } = message;
  if (content.type === 'text') return { body: content.body };
  if (content.type === 'audio') return toMedia(content);
  if (content.type === 'template') {
    return { namespace, ...toTemplate(content), language: { policy: 'deterministic', code: content.language } };
  }
  if (content.type === 'interactive' && !isOffered(content)) return { type: content.kind };
  return toContentObject(message);
}
