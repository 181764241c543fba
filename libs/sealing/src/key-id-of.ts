import { keyIdBytesMax, version } from './blob.ts';

/** So much of a blob is enough for `keyIdOf`. */
export const sealedHeadBytes = 2 + keyIdBytesMax;

/** The id of the key that a blob was sealed with, whether it is on the ring or not. Null: it is no sealed blob. */
export function keyIdOf(blob: Uint8Array): string | null {
  const length = blob[1] ?? 0;
  if (blob[0] !== version || length === 0 || length > keyIdBytesMax || blob.byteLength < 2 + length) return null;
  const id = Buffer.from(blob.subarray(2, 2 + length)).toString('latin1');
  return /^[A-Za-z0-9_-]+$/u.test(id) ? id : null;
}
