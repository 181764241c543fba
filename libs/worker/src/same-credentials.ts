import { recipientSchema, toMessageId } from '@posthorn/message';
import type { LiveChannel } from './connected-channels.ts';

const probeTo = recipientSchema.parse('+15550001111');

/**
 * Whether two channels of one account call with the same credentials: then a refusal of one's is one of both. Several keys of one
 * account can be revoked one by one. Compares what their calls would carry; nothing is sent.
 */
export function sameCredentials(one: LiveChannel, other: LiveChannel): boolean {
  return credentialsOf(one) === credentialsOf(other);
}

function credentialsOf({ channel, connected }: LiveChannel): string {
  if (connected.tokens !== null) {
    const { url, headers, body } = connected.tokens.request;
    const shown = body instanceof Uint8Array ? Buffer.from(body).toString('base64') : body;
    return JSON.stringify([url, headers, typeof shown === 'string' ? shown : null]);
  }
  const id = toMessageId(channel.id, '0'.repeat(26));
  const probe = { id, to: probeTo, content: { type: 'text', body: '-' }, replyTo: null, reactionTo: null } as const;
  return connected.toRequest(probe, null).headers?.['authorization'] ?? '';
}
