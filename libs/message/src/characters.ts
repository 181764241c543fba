import { z } from 'zod';

/** Text of at most `max` characters, counted as people count them nearly everywhere: by code point, so an emoji is one. */
export function characters(max: number) {
  return z
    .string()
    .refine((text) => text.length <= max || Array.from(text).length <= max, {
      error: `expected at most ${max} characters`,
    })
    .meta({ maxLength: max });
}
