import { z } from 'zod';

/** A bulk string as text. */
export const text = z.instanceof(Buffer).transform((bytes) => bytes.toString());
/** A bulk string as it is: sealed bytes. */
export const bytes = z.instanceof(Buffer);
/** A number, as Redis writes numbers into strings. */
export const number = text.transform(Number);
/** A null or empty bulk string as null. */
export const textOrNull = z
  .instanceof(Buffer)
  .nullable()
  .transform((value) => (value === null || value.length === 0 ? null : value.toString()));

/** A reply that begins with a word. */
export const words = z.array(text);

/** HGETALL: names as text, values as bytes. */
export const record = z.array(bytes).transform((flat) => {
  const fields = new Map<string, Buffer>();
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const [name, value] = [flat[at], flat[at + 1]];
    if (name !== undefined && value !== undefined) fields.set(name.toString(), value);
  }
  return fields;
});
export type RecordFields = z.infer<typeof record>;
