/** So many different bytes, and steps between bytes, a random key of 32 bytes has: fewer come by chance in one of 10^10 keys. */
const differentLeast = 16;
/** Neighbours of one kind (small letters, capitals, others) in the base64 of a random key are 15 of 42; so many are 6 deviations off. */
const sameKindMost = 35;

/**
 * What makes a key of 32 bytes guessable, in words that follow "it", or null. An estimate: it finds what people write (words, patterns,
 * placeholders), not every key that was not drawn by chance. It shows nothing of the key.
 */
export function judgeKey(key: Uint8Array): string | null {
  const bytes = [...key];
  if (new Set(bytes).size === 1) return 'is one byte, repeated';
  const steps = bytes.slice(1).map((byte, at) => (byte - (bytes[at] ?? 0) + 256) % 256);
  if (new Set(steps).size === 1) return 'counts up or down';
  if (isText(key)) return 'is readable text';
  const half = bytes.length / 2;
  if (bytes.slice(half).every((byte, at) => byte === bytes[at])) return 'repeats itself';
  if (new Set(bytes).size < differentLeast || new Set(steps).size < differentLeast) return 'follows a pattern';
  return looksWritten(Buffer.from(key).toString('base64').replaceAll('=', '')) ? 'reads like words' : null;
}

/** The bytes are UTF-8 without control characters. */
function isText(key: Uint8Array): boolean {
  try {
    return !/[^\P{Cc}\s]/u.test(new TextDecoder('utf-8', { fatal: true }).decode(key));
  } catch {
    return false;
  }
}

/** A person wrote the base64 itself: words, or digits alone. */
function looksWritten(base64: string): boolean {
  if (!/[a-z]/u.test(base64) || !/[A-Z]/u.test(base64)) return true;
  const kinds = base64
    .split('')
    .map((one) => (/[a-z]/u.test(one) ? 'small' : /[A-Z]/u.test(one) ? 'capital' : 'other'));
  return kinds.filter((kind, at) => at > 0 && kind === kinds[at - 1]).length > sameKindMost;
}
