import { isIdempotencyKey } from '@posthorn/submission';

/** A key as it was given: none, one, or something that is none. */
export type IdempotencyKey =
  | { readonly kind: 'none' }
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'invalid' };

const quoted = /^"(?<inner>(?:[ !#-[\]-~]|\\["\\])*)"$/u;

/**
 * Reads an `Idempotency-Key` header: a structured-field string, so quoted; taken without quotes too, as many clients send it.
 * 1 to 255 visible ASCII characters. Source: draft-ietf-httpapi-idempotency-key-header-07, RFC 9651 section 3.3.3.
 */
export function readIdempotencyKey(header: string | readonly string[] | undefined): IdempotencyKey {
  if (header === undefined) return { kind: 'none' };
  if (typeof header !== 'string') return { kind: 'invalid' };
  const text = header.trim();
  const inner = quoted.exec(text)?.groups?.['inner'];
  if (inner === undefined && text.startsWith('"')) return { kind: 'invalid' };
  const key = inner === undefined ? text : inner.replaceAll(/\\(["\\])/gu, '$1');
  return isIdempotencyKey(key) ? { kind: 'key', key } : { kind: 'invalid' };
}
