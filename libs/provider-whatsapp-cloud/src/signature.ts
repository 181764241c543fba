import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { WebhookCall } from '@posthorn/provider';

const signatureHeader = 'x-hub-signature-256';

/**
 * Whether the raw body was signed with one of the secrets: `X-Hub-Signature-256: sha256=<hex>`, HMAC-SHA256. Every secret is
 * tried, so the time taken does not tell which one fitted; false without a (non-empty) secret.
 * Source: developers.facebook.com/docs/graph-api/webhooks/getting-started, read 2026-11.
 */
export function isSigned({ body, headers }: WebhookCall, secrets: readonly string[]): boolean {
  const given = /^sha256=([0-9a-f]{64})$/iu.exec(headerOf(headers, signatureHeader))?.[1];
  if (given === undefined) return false;
  const signature = Buffer.from(given, 'hex');
  let fits = false;
  for (const secret of secrets) {
    if (secret === '') continue;
    const expected = createHmac('sha256', secret).update(body).digest();
    fits = timingSafeEqual(expected, signature) || fits;
  }
  return fits;
}

/** Meta's `appsecret_proof`: HMAC-SHA256 of the access token under the app secret, as lower-case hex. */
export function toAppSecretProof(accessToken: string, appSecret: string): string {
  return createHmac('sha256', appSecret).update(accessToken).digest('hex');
}

/**
 * The answer to Meta's handshake (`hub.mode`, `hub.verify_token`, `hub.challenge`), or null. A challenge is a number there; what
 * could be read as markup is refused, because it is repeated to the caller.
 */
export function answerHandshake(
  query: Readonly<Record<string, string>>,
  verifyToken: string,
): { readonly body: string } | null {
  const challenge = query['hub.challenge'] ?? '';
  const known = isSame(query['hub.verify_token'] ?? '', verifyToken);
  if (!known || verifyToken === '' || query['hub.mode'] !== 'subscribe') return null;
  return /^[\w.~-]{1,256}$/u.test(challenge) ? { body: challenge } : null;
}

/** Compared as digests: equally long, so the time taken tells nothing. */
function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(expected));
}

function digestOf(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

function headerOf(headers: Readonly<Record<string, string>>, name: string): string {
  const exact = headers[name];
  if (exact !== undefined) return exact;
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1] ?? '';
}
