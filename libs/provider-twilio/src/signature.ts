import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { WebhookCall } from '@posthorn/provider';

/** Twilio's forms are some KB; sorting what a stranger sends has an end. */
const formBytesMax = 1_048_576;

/**
 * Whether the call was signed with one of the auth tokens: `X-Twilio-Signature`, base64 of an HMAC-SHA1 over the address that Twilio
 * called, and over each name and value of a form. For other bodies the address carries `bodySHA256`. Every token and every way
 * to write the address is tried, so the time taken does not tell what fitted; false without a (non-empty) token.
 * Source: twilio.com/docs/usage/security and the official Node library, read 2026-11.
 */
export function isSigned(call: WebhookCall, tokens: readonly string[], publicUrl: string): boolean {
  const given = headerOf(call.headers, 'x-twilio-signature');
  if (!/^[A-Za-z0-9+/]{27}=$/u.test(given) || call.body.length > formBytesMax) return false;
  const signature = Buffer.from(given);
  const addresses = addressesOf(call.url, publicUrl);
  const digest = bodyDigestOf(call.url);
  const signed = digest === null ? formData(call.body) : Buffer.alloc(0);
  let fits = false;
  for (const token of tokens) {
    if (token === '') continue;
    for (const address of addresses) {
      const expected = createHmac('sha1', token).update(address).update(signed).digest('base64');
      // As texts: base64 has several spellings of the same bytes.
      fits = timingSafeEqual(Buffer.from(expected), signature) || fits;
    }
  }
  return digest === null ? fits : isDigestOf(digest, call.body) && fits;
}

/**
 * The address as Twilio may have written it: as it came and on the channel's public address (a proxy in between shows another host
 * or scheme), each with and without the standard port, and with its query encoded the older way.
 */
function addressesOf(called: string, publicUrl: string): ReadonlySet<string> {
  const url = URL.parse(called);
  const bases = [called];
  if (url !== null && !called.startsWith(`${publicUrl}/`)) bases.push(`${publicUrl}${pathOf(called)}`);
  return new Set(
    bases.flatMap((base) => [base, withOldQuery(base)]).flatMap((base) => [base, withPort(base), withoutPort(base)]),
  );
}

const originPattern = /^(https?):\/\/([^/?#]*?)(?::(\d+))?(?=[/?#]|$)/iu;

/** Path and query, byte for byte. */
function pathOf(url: string): string {
  return url.replace(originPattern, '');
}

function withPort(url: string): string {
  return url.replace(originPattern, (whole, scheme: string, host: string, port: string | undefined) => {
    if (port !== undefined) return whole;
    return `${scheme}://${host}:${scheme.toLowerCase() === 'https' ? 443 : 80}`;
  });
}

function withoutPort(url: string): string {
  return url.replace(originPattern, (_whole, scheme: string, host: string) => `${scheme}://${host}`);
}

/** Decoded and encoded again, as some of Twilio's systems do. */
function withOldQuery(url: string): string {
  const at = url.indexOf('?');
  if (at === -1) return url;
  const pairs = [...new URLSearchParams(url.slice(at + 1))].map((pair) => pair.map(encodeURIComponent).join('='));
  return `${url.slice(0, at)}?${pairs.join('&')}`.toWellFormed();
}

/** `bodySHA256` of the address, or null. */
function bodyDigestOf(url: string): string | null {
  const at = url.indexOf('?');
  return at === -1 ? null : new URLSearchParams(url.slice(at + 1)).get('bodySHA256');
}

function isDigestOf(given: string, body: Uint8Array): boolean {
  if (!/^[0-9a-f]{64}$/iu.test(given)) return false;
  return timingSafeEqual(createHash('sha256').update(body).digest(), Buffer.from(given, 'hex'));
}

/**
 * The signed part of a form: its names in byte order, each followed by its value; a repeated name once for each different value.
 * In bytes throughout, one character for each: two bodies that differ in any byte differ here.
 */
function formData(body: Uint8Array): Buffer {
  const valuesByName = new Map<string, Set<string>>();
  for (const pair of Buffer.from(body).toString('latin1').split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decoded(at === -1 ? pair : pair.slice(0, at));
    const values = valuesByName.get(name) ?? new Set();
    valuesByName.set(name, values.add(at === -1 ? '' : decoded(pair.slice(at + 1))));
  }
  const parts = [...valuesByName]
    .toSorted(byName)
    .flatMap(([name, values]) => [...values].toSorted().map((value) => name + value));
  return Buffer.from(parts.join(''), 'latin1');
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function decoded(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9a-f]{2})/giu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function headerOf(headers: Readonly<Record<string, string>>, name: string): string {
  const exact = headers[name];
  if (exact !== undefined) return exact;
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1] ?? '';
}
