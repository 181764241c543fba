import type { ByteRange } from './blob-store.ts';

/** What a `Range` header asks for. */
export type RangeAsked =
  | { readonly kind: 'whole' }
  | ({ readonly kind: 'part' } & ByteRange)
  | { readonly kind: 'outside' };

/**
 * A single range of bytes (RFC 9110, section 14.1.2). What is not understood, and several ranges at once, count as none: the whole
 * file answers both.
 */
export function parseRange(header: string | undefined, bytes: number): RangeAsked {
  const { first = '', last = '' } = /^bytes=(?<first>\d{0,15})-(?<last>\d{0,15})$/u.exec(header ?? '')?.groups ?? {};
  if (first === '' && last === '') return { kind: 'whole' };
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (first !== '' && last !== '' && Number(last) < start) return { kind: 'whole' };
  return start > end ? { kind: 'outside' } : { kind: 'part', start, end };
}
