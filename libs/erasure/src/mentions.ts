/** Tells whether a text or a body of bytes names one of these addresses, as it is or inside base64 (as numbers stand in `wamid`s). */
export function mentionsAny(addresses: Iterable<string>): (text: string) => boolean {
  const patterns = [...addresses].flatMap((address) => {
    const plain = address.replace(/^\+/u, '');
    const bound = address.startsWith('+') ? String.raw`\d` : '[A-Za-z0-9]';
    // An escaped plus, colon or space may stand before it, and ends in a digit or a letter.
    const exact = `(?:(?<!${bound})|(?<=%[\\dA-Fa-f]{2}))${plain.replaceAll('.', String.raw`\.`)}(?!${bound})`;
    const encoded = plain.length < encodedLeast ? [] : [0, 1, 2].map((before) => escaped(insideBase64(plain, before)));
    return [exact, ...encoded];
  });
  const pattern = new RegExp(patterns.join('|'), 'u');
  return (text) => pattern.test(text);
}

/** Shorter ones would be found in any base64. */
const encodedLeast = 9;

/** The base64 of a text that stands `before` bytes after a whole group, without the characters that its neighbours share. */
function insideBase64(value: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
  const whole = bytes.subarray(0, bytes.byteLength - (bytes.byteLength % 3));
  return whole.toString('base64').slice(before === 0 ? 0 : 4);
}

function escaped(text: string): string {
  return text.replaceAll(/[+/]/gu, String.raw`\$&`);
}
