import { recipientSchema, type Recipient } from '@posthorn/message';

/**
 * Reads a recipient as callers of the older system wrote it: `whatsapp:` before it, `00` for `+`, separators, or no country code,
 * which is the channel's default one then. Null where it is none of it: nothing is guessed. A leading zero stays (Italy has it).
 */
export function toRecipient(given: string, defaultCountryCode: string | undefined): Recipient | null {
  const bare = given.trim().replace(/^whatsapp:/iu, '');
  const whole = recipientSchema.safeParse(bare);
  if (whole.success) return whole.data;
  const dialled = bare.replaceAll(/[\s().\-/]/gu, '');
  return recipientSchema.safeParse(withCountryCode(dialled, defaultCountryCode)).data ?? null;
}

function withCountryCode(dialled: string, defaultCountryCode: string | undefined): string {
  if (/^00\d+$/u.test(dialled)) return `+${dialled.slice(2)}`;
  if (!/^\d+$/u.test(dialled) || defaultCountryCode === undefined) return dialled;
  return `+${defaultCountryCode}${dialled}`;
}
