/** Strings that must not be seen, in one of their forms. */
export interface Canary {
  readonly kind: string;
  readonly form: string;
  readonly needle: string;
}

/** Each value as it is, escaped as in URLs, in hexadecimal, and in base64 wherever in a longer text it stands (as numbers do in wamids). */
export function canaries(valuesByKind: Readonly<Record<string, readonly string[]>>): readonly Canary[] {
  return Object.entries(valuesByKind).flatMap(([kind, values]) =>
    values.flatMap((value) => {
      const plain = value.replace(/^\+/u, '');
      const forms = [
        { form: 'plain', needle: plain },
        { form: 'escaped', needle: encodeURIComponent(plain) },
        { form: 'hexadecimal', needle: Buffer.from(plain).toString('hex') },
        ...[0, 1, 2].map((before) => ({ form: 'base64', needle: insideBase64(plain, before) })),
      ];
      return forms.map((form) => ({ kind, ...form }));
    }),
  );
}

/** Those that are there, each with what stands before it. */
export function findCanaries(
  wanted: readonly Canary[],
  text: string,
): readonly { kind: string; form: string; near: string }[] {
  return wanted.flatMap(({ kind, form, needle }) => {
    const at = text.indexOf(needle);
    return at === -1 ? [] : [{ kind, form, near: text.slice(Math.max(0, at - 200), at + needle.length) }];
  });
}

/** The base64 of a value that stands `before` bytes after a whole group, without the characters that its neighbours share. */
function insideBase64(value: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
  const whole = bytes.subarray(0, bytes.byteLength - (bytes.byteLength % 3));
  return whole.toString('base64').slice(before === 0 ? 0 : 4);
}
