import { isUserId } from '@posthorn/message';
import type { OutgoingMessage } from '@posthorn/provider';
import { toContentObject } from './to-content-object.ts';

/**
 * A message as the Cloud API's body. Our id rides along as `biz_opaque_callback_data`; the statuses bring it back.
 * Source: developers.facebook.com/docs/whatsapp/cloud-api/reference/messages, read 2026-11.
 */
export function toBody(message: OutgoingMessage) {
  const { id, to, content, replyTo } = message;
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...(isUserId(to) ? { recipient: to } : { to: to.slice(1) }),
    // A reaction names its message by itself; quoting is for the other types.
    ...(replyTo !== null && content.type !== 'reaction' && { context: { message_id: replyTo } }),
    biz_opaque_callback_data: id,
    type: content.type,
    [content.type]: toContentObject(message),
  };
}
