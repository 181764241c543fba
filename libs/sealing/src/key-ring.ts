import { hkdfSync } from 'node:crypto';
import { z } from 'zod';

/** Keys by id; the first one seals, all of them open. */
export interface KeyRing {
  readonly currentId: string;
  readonly keyById: ReadonlyMap<string, Uint8Array>;
  /** Key for look-up hashes. It does not rotate with the others, or nothing would be found again. */
  readonly lookupKey: Uint8Array;
}

const keyText = z.string().regex(/^[A-Za-z0-9_-]{1,16}:[A-Za-z0-9+/_-]{43}=?$/u);

/**
 * Reads a key ring from its text forms: `keys` is `id:base64[,id:base64…]` (32 bytes each, the first one seals),
 * `lookupKey` is base64 of 32 bytes. Throws an Error whose message says what is wrong, and never shows a key.
 */
export function parseKeyRing(keys: string, lookupKey: string): KeyRing {
  const keyById = parseKeys(keys);
  const lookup = parseLookupKey(lookupKey);
  const [currentId] = keyById.keys();
  if (currentId === undefined) throw new Error('sealing keys: expected at least one key');
  return { currentId, keyById, lookupKey: new Uint8Array(hkdfSync('sha256', lookup, '', 'posthorn look-up', 32)) };
}

/** Reads the keys that seal and open. Throws as `parseKeyRing` does. */
export function parseKeys(keys: string): ReadonlyMap<string, Uint8Array> {
  const keyById = new Map<string, Uint8Array>();
  for (const part of keys.split(',')) {
    const parsed = keyText.safeParse(part.trim());
    const [id, base64] = parsed.success ? parsed.data.split(':') : [];
    const key = Buffer.from(base64 ?? '', 'base64');
    if (id === undefined || key.byteLength !== 32) {
      throw new Error(
        `sealing keys: expected id:base64 of 32 bytes (openssl rand -base64 32), separated by commas; key number ${keyById.size + 1} is not`,
      );
    }
    const twin = [...keyById].find(([, other]) => key.equals(other));
    if (twin !== undefined)
      throw new Error(`sealing keys: "${twin[0]}" and "${id}" are the same key; a rotation needs another one`);
    if (keyById.has(id)) throw new Error(`sealing keys: the key id "${id}" is there twice; give each key its own id`);
    keyById.set(id, key);
  }
  return keyById;
}

/** Reads the key of look-up hashes. Throws as `parseKeyRing` does. */
export function parseLookupKey(lookupKey: string): Uint8Array {
  const key = Buffer.from(lookupKey, 'base64');
  if (key.byteLength !== 32) throw new Error('look-up key: expected base64 of 32 bytes (openssl rand -base64 32)');
  return key;
}
