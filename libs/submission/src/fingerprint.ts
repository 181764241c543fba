import { createHash } from 'node:crypto';

/**
 * SHA-256 (base64url) of a value's canonical JSON: names of fields sorted, so that two clients that write the same request
 * in another order mean the same.
 */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sorted)).digest('base64url');
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
