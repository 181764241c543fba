const wamids = /wamid\.(?<encoded>[\w+/=\\-]+)/gu;

/** Tells whether a text names one of these addresses, as it is or inside a `wamid` (WhatsApp's message ids hold the number in base64). */
export function mentionsAny(addresses: Iterable<string>): (text: string) => boolean {
  const pattern = new RegExp([...addresses].map(patternOf).join('|'), 'u');
  return (text) => pattern.test(text) || [...text.matchAll(wamids)].some(({ groups }) => pattern.test(decoded(groups)));
}

/** It stands alone; before it may stand an escaped plus, colon or space, which ends in a digit or a letter. */
function patternOf(address: string): string {
  const bound = address.startsWith('+') ? String.raw`\d` : '[A-Za-z0-9]';
  const plain = address.replace(/^\+/u, '').replaceAll('.', String.raw`\.`);
  return `(?:(?<!${bound})|(?<=%[\\dA-Fa-f]{2}))${plain}(?!${bound})`;
}

/** Slashes are escaped in some JSON. */
function decoded(groups: Readonly<Record<string, string | undefined>> | undefined): string {
  return Buffer.from((groups?.['encoded'] ?? '').replaceAll('\\', ''), 'base64').toString('latin1');
}
