import { createHmac, randomBytes } from 'node:crypto';

const prefix = 'whsec_';
const secretPattern = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/u;

/** A new secret: 32 random bytes as Standard Webhooks writes them (`whsec_` and base64). */
export function createSigningSecret(): string {
  return `${prefix}${randomBytes(32).toString('base64')}`;
}

/** Whether a text is a secret of 24 to 64 bytes in that form. */
export function isSigningSecret(text: string): boolean {
  if (!secretPattern.test(text)) return false;
  const { byteLength } = keyOf(text);
  return byteLength >= 24 && byteLength <= 64;
}

/**
 * The headers of one attempt by Standard Webhooks 1.0.0: `webhook-signature` has one `v1` signature per secret, so that a
 * receiver accepts either while a secret is rotated. `seconds` (since 1970) is of this attempt, the id of the event.
 */
export function signedHeaders(
  secrets: readonly string[],
  { id, seconds, body }: { readonly id: string; readonly seconds: number; readonly body: string },
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const signed = `${id}.${seconds}.${body}`;
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': secrets
      .map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`)
      .join(' '),
  };
}

/** The bytes are the key, not their text. */
function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(prefix.length), 'base64');
}
