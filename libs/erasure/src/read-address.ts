import { recipientSchema, type Recipient } from '@posthorn/message';

/**
 * Reads who is meant, in any form in which recipients are given to us or come from providers: E.164 with `+` (or `00`, or nothing, before
 * the country code), separators, `whatsapp:` before it, or a provider's user id. Null: none of these.
 */
export function readAddress(given: string): Recipient | null {
  const bare = given.trim().replace(/^whatsapp:/iu, '');
  const whole = recipientSchema.safeParse(bare);
  if (whole.success) return whole.data;
  const dialled = bare.replaceAll(/[\s().\-/]/gu, '').replace(/^(?:\+|00)?/u, '+');
  // Shorter ones without a plus are no international numbers.
  return /^\+\d{7,}$/u.test(dialled) ? (recipientSchema.safeParse(dialled).data ?? null) : null;
}

/**
 * A number in the forms in which WhatsApp knows it: Mexican and Argentine mobiles with or without a digit after the country code, Brazilian
 * ones with or without the ninth digit. A message goes to one of them, and its status, or an answer, comes from the other.
 * Source: https://faq.whatsapp.com (adding international contacts), read 2026-11.
 */
export function formsOf(address: string): readonly string[] {
  for (const [pattern, other] of otherForms)
    if (pattern.test(address)) return [address, address.replace(pattern, other)];
  return [address];
}

const otherForms: readonly (readonly [RegExp, string])[] = [
  [/^\+521(\d{10})$/u, '+52$1'],
  [/^\+52(\d{10})$/u, '+521$1'],
  [/^\+549(\d{10})$/u, '+54$1'],
  [/^\+54([1-8]\d{9})$/u, '+549$1'],
  [/^\+55(\d{2})9(\d{8})$/u, '+55$1$2'],
  [/^\+55(\d{2})([6-9]\d{7})$/u, '+55$19$2'],
];
