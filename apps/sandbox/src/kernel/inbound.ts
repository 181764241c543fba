import { z } from 'zod';

/** What a person writes to the business. The content stands under the name of its type, as in Kernel's webhooks. */
export const inboundSchema = z.looseObject({
  clientId: z.string(),
  from: z.string().regex(/^\d{5,15}$/, 'expected digits'),
  name: z.string().default('Sandbox User'),
  id: z.string().optional(),
  timestamp: z.string().optional(),
  type: z.string().default('text'),
});
export type InboundInput = z.input<typeof inboundSchema>;
export type Inbound = z.output<typeof inboundSchema>;

/** The message object, and the contact beside it. A text may be given as such: `{"text":"Hola"}`. */
export function renderInbound(input: Inbound, messageId: string, nowMs: number) {
  const { clientId: _, name, from, type, ...content } = input;
  const text = typeof content['text'] === 'string' ? { text: { body: content['text'] } } : {};
  const message = { timestamp: String(Math.floor(nowMs / 1000)), ...content, ...text, id: messageId, from, type };
  return { json: JSON.stringify(message), contact: JSON.stringify({ profile: { name }, wa_id: from }) };
}
