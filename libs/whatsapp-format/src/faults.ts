import type { Fault } from '@posthorn/provider';

/** The fault of a text that is too long, in characters as Meta counts them (code points). `name` is where it stands, for people: `text.body`. */
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

/** The faults of values that must differ: an answer names a button or row by its id. */
export function repeated(values: readonly { readonly pointer: string; readonly value: string }[]): Fault[] {
  const seen = new Set<string>();
  return values.flatMap(({ pointer, value }) => {
    const isNew = !seen.has(value);
    seen.add(value);
    return isNew ? [] : [{ pointer, detail: 'expected each one to be different, came the same twice' }];
  });
}
