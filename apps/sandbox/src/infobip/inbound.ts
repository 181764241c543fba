import { z } from 'zod';
import { toDate } from './outlets.ts';

/** What a person writes. `message` is Infobip's own object; without it, `text` is one. */
export const inboundSchema = z
  .strictObject({
    sender: z.string(),
    from: z
      .string()
      .regex(/^\d{5,15}$/)
      .optional(),
    fromUserId: z.string().optional(),
    name: z.string().default('Sandbox User'),
    text: z.string().optional(),
    message: z.looseObject({ type: z.string() }).optional(),
    /** For a message with a file, without an address of its own: the file is kept here, and can be fetched. */
    media: z.strictObject({ contentType: z.string(), base64: z.string() }).optional(),
    messageId: z.string().min(1).optional(),
    /** Goes over what is made here, under Infobip's names: pairedMessageId, callbackData, identity … */
    fields: z.record(z.string(), z.json()).default({}),
  })
  .refine(({ from, fromUserId }) => from !== undefined || fromUserId !== undefined, 'expected from or fromUserId')
  .refine(({ text, message }) => (text === undefined) !== (message === undefined), 'expected one of text and message');

export type InboundInput = z.input<typeof inboundSchema>;
type Inbound = z.output<typeof inboundSchema>;

/** One result of an inbound webhook. */
export function renderInbound(input: Inbound, messageId: string, fileUrl: string | null, nowMs: number): string {
  const { sender, from, fromUserId, name, text, message, fields } = input;
  return JSON.stringify({
    from: from ?? fromUserId,
    to: sender,
    integrationType: 'WHATSAPP',
    receivedAt: toDate(nowMs),
    messageId,
    pairedMessageId: null,
    callbackData: null,
    message: message === undefined ? { type: 'TEXT', text } : { ...message, ...(fileUrl !== null && { url: fileUrl }) },
    contact: {
      name,
      ...(from !== undefined && { phoneNumber: from }),
      ...(fromUserId !== undefined && { userId: fromUserId }),
    },
    price: { pricePerMessage: 0, currency: 'EUR' },
    ...fields,
  });
}
