import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomFillSync } from 'node:crypto';
import { nonceBytes, tagBytes, version } from './blob.ts';
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

/** AES-256-GCM with a random 96-bit nonce; `blob.ts` has the parts of a blob. */
export function createSealer({ currentId, keyById, lookupKey }: KeyRing): Sealer {
  // Prepared once: given as bytes, each call would prepare its key again, which costs more than all the rest of it (run: a
  // look-up hash 17 instead of 2.5 µs, a seal 22 instead of 6; Node 24.21, 2026-11).
  const preparedById = new Map([...keyById].map(([id, key]) => [id, createSecretKey(key)]));
  const preparedLookupKey = createSecretKey(lookupKey);
  const currentKey = preparedById.get(currentId);
  if (currentKey === undefined) throw new Error(`sealing keys: the current key "${currentId}" is not on the ring`);
  const nextNonce = createNonces();
  const head = Buffer.concat([Buffer.from([version, currentId.length]), Buffer.from(currentId, 'latin1')]);
  return {
    seal: (plain, context) => {
      const nonce = nextNonce();
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
      const key = preparedById.get(Buffer.from(blob.subarray(2, nonceAt)).toString('latin1'));
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
    lookupHash: (value) => createHmac('sha256', preparedLookupKey).update(value).digest('base64url').slice(0, 22),
  };
}

/** Random nonces, fetched many at a time: one call of the system for each would cost as much as sealing a short text. */
function createNonces(): () => Buffer {
  const pool = Buffer.alloc(nonceBytes * 256);
  let at = pool.byteLength;
  return () => {
    if (at === pool.byteLength) {
      randomFillSync(pool);
      at = 0;
    }
    at += nonceBytes;
    // A copy, so that a nonce in use does not change when the pool is filled again.
    return Buffer.from(pool.subarray(at - nonceBytes, at));
  };
}
