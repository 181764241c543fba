import type { Fault } from '@posthorn/provider';

/** The fault of a text that is too long, in characters as people count them. `name` is where it stands: `text.body`. */
export function tooLong(pointer: string, name: string, text: string | undefined, max: number): Fault[] {
  // A text has at least as many UTF-16 units as characters: most are decided without counting.
  if (text === undefined || text.length <= max) return [];
  const characters = Array.from(text).length;
  return characters <= max ? [] : [{ pointer, detail: `${name}: at most ${max} characters, came ${characters}` }];
}

/** The fault of a list that is too long. */
export function tooMany(pointer: string, name: string, count: number, max: number): Fault[] {
  return count <= max ? [] : [{ pointer, detail: `${name}: at most ${max}, came ${count}` }];
}

/** The fault of something Twilio has no field for. */
export function impossible(pointer: string, name: string, instead: string): Fault {
  return { pointer, detail: `${name}: Twilio has no field for it; ${instead}` };
}
