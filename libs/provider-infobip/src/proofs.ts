import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { WebhookCall } from '@posthorn/provider';
import { digestByAlgorithm, type WebhookSettings } from './webhook-settings.ts';

/**
 * Whether a call proves that it comes from Infobip, in one of the ways that are set. In constant time over the secrets of a way;
 * false where none is set. Source: Infobip's subscriptions management (security settings and profiles), read 2026-07.
 */
export function isProven({ body, headers, query }: WebhookCall, webhook: WebhookSettings): boolean {
  const { keys = [], basic = [], header, hmac } = webhook;
  const users = basic.map(({ username, password }) => toBasic(username, password));
  return [
    isOneOf(query['key'], keys),
    isOneOf(headerOf(headers, 'authorization'), users),
    header !== undefined && isOneOf(headerOf(headers, header.name), header.values),
    hmac !== undefined && isSigned(body, headerOf(headers, hmac.header), hmac),
  ].includes(true);
}

/** The value of an `Authorization` header of type Basic. */
export function toBasic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function isSigned(body: Uint8Array, given: string, hmac: NonNullable<WebhookSettings['hmac']>): boolean {
  const { algorithm, encoding, prefix } = hmac;
  if (!given.startsWith(prefix)) return false;
  const signature = given.slice(prefix.length);
  const signatures = hmac.secrets
    .filter((secret) => secret !== '')
    .map((secret) => createHmac(digestByAlgorithm[algorithm], secret).update(body).digest(encoding));
  // Hexadecimal digits may come in capitals; base64 is taken as it is, so that no second spelling of it fits.
  return isOneOf(encoding === 'hex' ? signature.toLowerCase() : signature, signatures);
}

/** Every secret is compared, as digests of equal length, so the time taken does not tell which one fitted. */
function isOneOf(given: string | undefined, secrets: readonly string[]): boolean {
  if (given === undefined || given === '') return false;
  const digest = digestOf(given);
  let fits = false;
  for (const secret of secrets) fits = timingSafeEqual(digest, digestOf(secret)) || fits;
  return fits;
}

function digestOf(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

function headerOf(headers: Readonly<Record<string, string>>, name: string): string {
  return headers[name] ?? Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1] ?? '';
}
