import type { KeptMessage } from './context.ts';

/** A message as the Messages resource shows it. */
export function messageJson(message: KeptMessage, accountSid: string): Readonly<Record<string, unknown>> {
  const at = new Date(message.atMs).toUTCString().replace('GMT', '+0000');
  const uri = `/2010-04-01/Accounts/${accountSid}/Messages/${message.sid}`;
  return {
    sid: message.sid,
    status: message.status,
    direction: 'outbound-api',
    to: `whatsapp:${message.to}`,
    from: `whatsapp:${message.from}`,
    body: message.body,
    num_segments: '1',
    num_media: String(message.mediaCount),
    price: null,
    price_unit: null,
    error_code: message.errorCode,
    error_message: null,
    messaging_service_sid: message.messagingServiceSid,
    account_sid: accountSid,
    api_version: '2010-04-01',
    date_created: at,
    date_updated: at,
    date_sent: message.status === 'queued' || message.status === 'accepted' ? null : at,
    uri: `${uri}.json`,
    subresource_uris: { media: `${uri}/Media.json` },
  };
}
