import { z } from 'zod';
import type { Account } from './account.ts';

/** What a person writes to a sender. `fields` go over those that are made here, under Twilio's names. */
export const inboundSchema = z.strictObject({
  /** The number that is written to. */
  to: z.string(),
  from: z.string().regex(/^\+[1-9]\d{4,14}$/, 'expected a phone number like +15550001111'),
  text: z.string().default(''),
  name: z.string().default('Sandbox User'),
  type: z.string().default('text'),
  media: z.array(z.strictObject({ url: z.url(), contentType: z.string() })).default([]),
  fields: z.record(z.string(), z.string()).default({}),
});
export type InboundInput = z.input<typeof inboundSchema>;

/** The form of a message received. */
export function inboundFields(
  input: z.output<typeof inboundSchema>,
  { accountSid, sender }: Account,
  sid: string,
): Record<string, string> {
  const digits = input.from.slice(1);
  const media = input.media.flatMap(({ url, contentType }, index): [string, string][] => [
    [`MediaUrl${index}`, url],
    [`MediaContentType${index}`, contentType],
  ]);
  return {
    SmsMessageSid: sid,
    SmsSid: sid,
    MessageSid: sid,
    AccountSid: accountSid,
    From: `whatsapp:${input.from}`,
    To: `whatsapp:${sender}`,
    WaId: digits,
    ProfileName: input.name,
    Body: input.text,
    MessageType: input.type,
    NumMedia: String(input.media.length),
    NumSegments: '1',
    ReferralNumMedia: '0',
    SmsStatus: 'received',
    ApiVersion: '2010-04-01',
    ChannelMetadata: JSON.stringify({ type: 'whatsapp', data: { context: { ProfileName: input.name, WaId: digits } } }),
    ...Object.fromEntries(media),
    ...input.fields,
  };
}
