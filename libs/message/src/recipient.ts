import { z } from 'zod';

const phonePattern = /^\+[1-9]\d{1,14}$/u;
const userIdPattern = /^[A-Z]{2}\.(?:[A-Z]{3}\.)?[A-Za-z0-9]{1,128}$/u;

/**
 * Who a message goes to: a phone number in E.164 form (`+`, country code, at most 15 digits), or a provider's user id
 * (BSUID, like `US.13491208655302741918`) where there is no number. Source: RFC 3966, ITU-T E.164; Meta, read 2026-11.
 */
export const recipientSchema = z
  .string()
  .refine((value) => phonePattern.test(value) || userIdPattern.test(value), {
    error:
      'expected a phone number in E.164 form (+ and 2 to 15 digits, no spaces), or a user id like US.13491208655302741918',
  })
  .brand<'Recipient'>()
  .meta({
    description: 'A phone number in E.164 form, or a business-scoped user id.',
    examples: ['+15550001111'],
  });
export type Recipient = z.infer<typeof recipientSchema>;

/** Whether the recipient is a provider's user id, and not a phone number. */
export function isUserId(recipient: Recipient): boolean {
  return !recipient.startsWith('+');
}
