import { receiptByStatus, type Receipts } from '@posthorn/provider';

/**
 * Typing, which also marks the message as read; there is no other call for that. It ends with our message or after about 25 s.
 * Source: twilio.com/docs/whatsapp/api/typing-indicators-resource, read 2026-11.
 */
export function toReceipts({
  messagingUrl,
  authorization,
}: {
  readonly messagingUrl: string;
  readonly authorization: string;
}): Receipts {
  return {
    read: null,
    typing: ({ externalId }) => ({
      request: {
        operation: 'twilio.indicators.typing',
        method: 'POST',
        url: `${messagingUrl}/v2/Indicators/Typing.json`,
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ messageId: externalId, channel: 'whatsapp' }).toString(),
      },
      read: receiptByStatus,
    }),
  };
}
