const twoDigitCodes = new Set(
  '20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98'.split(
    ' ',
  ),
);

/**
 * A recipient as a log may show it: country code and at most the last two digits, "+49…11"; for a provider's user id the
 * country and the last two characters, "US.…42". Anything else, or what is too short to hide in, becomes "…".
 */
export function maskRecipient(address: string): string {
  const userId = /^([A-Z]{2}\.)(?:[A-Z]+\.)?\w{6,}(\w{2})$/u.exec(address);
  if (userId) return `${userId[1] ?? ''}…${userId[2] ?? ''}`;
  const digits = address.replace(/\D/gu, '');
  if (digits.length < 7 || /[a-z]/iu.test(address.replace(/^whatsapp:/u, ''))) return '…';
  return `+${countryCode(digits)}…${digits.slice(-2)}`;
}

/** The country code by the shape of the ITU E.164 list: 1 and 7 stand alone, the listed pairs, else three digits. */
function countryCode(digits: string): string {
  if (digits.startsWith('1') || digits.startsWith('7')) return digits.slice(0, 1);
  return digits.slice(0, twoDigitCodes.has(digits.slice(0, 2)) ? 2 : 3);
}
