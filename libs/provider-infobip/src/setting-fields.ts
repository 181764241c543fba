import { z } from 'zod';

/** An object of settings that refuses names it does not know. No message shows a value. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? 'this setting is not known here; remove it or correct its name'
        : 'expected an object of settings',
  });
}

/** A text of a pattern. */
export function text(name: string, pattern: RegExp) {
  const error = `expected ${name}`;
  return z.string({ error }).regex(pattern, error);
}

/** A credential. Without spaces: they come from pasting. */
export function secret(name: string) {
  return text(`${name}: 1 to 4096 visible ASCII characters, without spaces`, /^[!-~]{1,4096}$/u);
}

/** Several secrets of one kind, while one is being rotated: the current one first. */
export function secrets<Item extends z.ZodType>(item: Item, name: string) {
  return z
    .array(item, { error: `expected a list of ${name}` })
    .min(1, `expected at least one of ${name}`)
    .max(8, `expected at most 8 of ${name}`);
}

/** An http(s) address without user, query and fragment. */
export function address(name: string) {
  const error = `expected ${name}, without user, query and fragment`;
  return z.string({ error }).refine((value) => {
    const url = URL.parse(value);
    if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return false;
    return url.username === '' && url.password === '' && !/[?#]/u.test(value);
  }, error);
}
