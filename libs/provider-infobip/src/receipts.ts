import { receiptByStatus, type Receipts } from '@posthorn/provider';

/** What a receipt needs of the channel. */
export interface ReceiptSender {
  readonly baseUrl: string;
  readonly sender: string;
  readonly authorization: (token: string | null) => string;
}

/**
 * Read receipts and typing. Which message typing marks as read is chosen by Infobip. Source: infobip.com/docs/api, "Mark as read" and "Send
 * WhatsApp events", read 2026-11.
 */
export function toReceipts({ baseUrl, sender, authorization }: ReceiptSender): Receipts {
  return {
    read: ({ externalId }, token) => ({
      request: {
        operation: 'infobip.messages.read',
        method: 'POST',
        url: `${baseUrl}/whatsapp/1/senders/${encodeURIComponent(sender)}/message/${encodeURIComponent(externalId)}/read`,
        headers: { authorization: authorization(token), accept: 'application/json' },
      },
      read: receiptByStatus,
    }),
    typing: ({ from }, token) => ({
      request: {
        operation: 'infobip.events.typing',
        method: 'POST',
        url: `${baseUrl}/whatsapp/1/events`,
        headers: {
          authorization: authorization(token),
          accept: 'application/json',
          'content-type': 'application/json',
        },
        body: JSON.stringify({
          events: [{ sender, destinations: [{ to: from.replace(/^\+/u, '') }], content: { type: 'TYPING_INDICATOR' } }],
        }),
      },
      read: receiptByStatus,
    }),
  };
}
