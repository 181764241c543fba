import type { z } from 'zod';
import type { Fault } from './provider.ts';

/** Settings as a provider's schema reads them, or what is wrong with them. */
export type ReadSettings<Settings> =
  | { readonly kind: 'read'; readonly settings: Settings }
  | { readonly kind: 'invalid'; readonly faults: Fault[] };

/** Reads a channel's settings with the provider's schema. Pointers start at the settings; no fault shows a value. */
export function readSettings<Settings>(schema: z.ZodType<Settings>, settings: unknown): ReadSettings<Settings> {
  const read = schema.safeParse(settings);
  return read.success ? { kind: 'read', settings: read.data } : { kind: 'invalid', faults: faultsOf(read.error) };
}

/** The faults of a value that was checked: one for each unknown field, with pointers (RFC 6901) from its root. */
export function faultsOf(error: z.ZodError): Fault[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ pointer: pointerTo([...issue.path, key]), detail: issue.message }))
      : [{ pointer: pointerTo(issue.path), detail: issue.message }],
  );
}

/** Whether a text may be the start of every call's address: http(s), with no credentials, query or fragment in it. */
export function isBaseUrl(value: string): boolean {
  const url = URL.parse(value);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return false;
  return url.username === '' && url.password === '' && !/[?#]/u.test(value);
}

function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
