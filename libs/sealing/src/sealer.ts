import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';

/** Seals and opens blobs, and hashes for look-ups. */
export interface Sealer {
  /** Seals text under the current key. `context` (which record it belongs to) is authenticated: a blob moved elsewhere does not open. */
  readonly seal: (plain: string | Uint8Array, context: string) => Buffer;
  /** Opens a blob. Null if its key is not on the ring, or it was altered or moved. */
  readonly open: (blob: Uint8Array, context: string) => Buffer | null;
  /** A keyed hash (128 bits, base64url): finds a record by phone number without storing the number. */
  readonly lookupHash: (value: string) => string;
}

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * AES-256-GCM with a random 96-bit nonce. A blob is: version (1 byte), length of the key id (1 byte), key id, nonce, tag, ciphertext.
 */
export function createSealer({ currentId, keyById, lookupKey }: KeyRing): Sealer {
  const currentKey = keyById.get(currentId);
  if (currentKey === undefined) throw new Error(`sealing keys: the current key "${currentId}" is not on the ring`);
  const head = Buffer.concat([Buffer.from([version, currentId.length]), Buffer.from(currentId, 'latin1')]);
  return {
    seal: (plain, context) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', currentKey, nonce);
      cipher.setAAD(Buffer.from(context));
      const text = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([head, nonce, cipher.getAuthTag(), text]);
    },
    open: (blob, context) => {
      if (blob[0] !== version || blob[1] === undefined) return null;
      const textAt = 2 + blob[1] + nonceBytes + tagBytes;
      if (blob.byteLength < textAt) return null;
      const nonceAt = 2 + blob[1];
      const key = keyById.get(Buffer.from(blob.subarray(2, nonceAt)).toString('latin1'));
      if (key === undefined) return null;
      const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(nonceAt, nonceAt + nonceBytes));
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(blob.subarray(nonceAt + nonceBytes, textAt));
      try {
        return Buffer.concat([decipher.update(blob.subarray(textAt)), decipher.final()]);
      } catch {
        return null; // The tag does not fit: altered, moved, or another key under the same id.
      }
    },
    lookupHash: (value) => createHmac('sha256', lookupKey).update(value).digest('base64url').slice(0, 22),
  };
}
