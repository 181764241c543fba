import type { Fault } from '@posthorn/provider';
import { charactersOf } from './limits.ts';

/** The fault of a text that is too long. `name` is where it stands, for people: `text.body`. */
export function tooLong(pointer: string, name: string, text: string | undefined, max: number): Fault[] {
  // A text has at least as many UTF-16 units as characters: most are decided without counting.
  if (text === undefined || text.length <= max) return [];
  const characters = charactersOf(text);
  if (characters <= max) return [];
  return [{ pointer, detail: `${name}: at most ${max} characters, came ${characters}` }];
}

/** The fault of a list that is too long. */
export function tooMany(pointer: string, name: string, count: number, max: number): Fault[] {
  return count <= max ? [] : [{ pointer, detail: `${name}: at most ${max}, came ${count}` }];
}
