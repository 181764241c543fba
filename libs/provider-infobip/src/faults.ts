import type { Fault } from '@posthorn/provider';

/** The fault of a text that is too long, in code points. `name` is where it stands, for people: `text.body`. */
export function tooLong(pointer: string, name: string, text: string | undefined, max: number): Fault[] {
  // A text has at least as many UTF-16 units as characters: most are decided without counting.
  if (text === undefined || text.length <= max) return [];
  let characters = 0;
  for (const _ of text) characters += 1;
  if (characters <= max) return [];
  return [{ pointer, detail: `${name}: at most ${max} characters, came ${characters}` }];
}

/** The fault of a list that is too long. */
export function tooMany(pointer: string, name: string, count: number, max: number): Fault[] {
  return count <= max ? [] : [{ pointer, detail: `${name}: at most ${max}, came ${count}` }];
}

/** The fault of a value that is none of a few. Infobip writes them in capitals; ours may be in any. */
export function notOneOf(pointer: string, name: string, value: string | undefined, of: readonly string[]): Fault[] {
  if (value === undefined || of.includes(value.toUpperCase())) return [];
  return [{ pointer, detail: `${name}: expected ${of.join(', ')}, came another` }];
}

/** Faults of values that must differ from each other. */
export function repeated(values: readonly { readonly pointer: string; readonly value: string }[]): Fault[] {
  const seen = new Set<string>();
  return values.flatMap(({ pointer, value }) => {
    if (!seen.has(value)) {
      seen.add(value);
      return [];
    }
    return [{ pointer, detail: 'expected each one to be different, came the same twice' }];
  });
}

/** The fault of a file named by an id: Infobip fetches files, it stores none for sending. */
export function byIdOnly(pointer: string, media: { readonly providerMediaId?: string | undefined }): Fault[] {
  if (media.providerMediaId === undefined) return [];
  const detail = 'expected url: Infobip fetches a file by its address and has no ids of files; came providerMediaId';
  return [{ pointer: `${pointer}/providerMediaId`, detail }];
}
