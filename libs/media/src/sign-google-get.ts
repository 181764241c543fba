import { createHash, sign } from 'node:crypto';
import type { GoogleAccount } from './google-account.ts';

const lifeMaxSeconds = 7 * 86_400;
const algorithm = 'GOOG4-RSA-SHA256';

/** An object at Google Cloud Storage. */
export interface GoogleObject {
  /** `https://storage.googleapis.com`. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly key: string;
}

/** What is signed for an address, and that address without its signature. */
export interface Unsigned {
  readonly url: string;
  readonly toSign: string;
}

/** Where everybody can read a public object. */
export function googleUrl({ endpoint, bucket, key }: GoogleObject): string {
  return `${endpoint}${pathOf(bucket, key)}`;
}

/** The address of an object, signed with an account's own key: V4, good for that long, at most 7 days. No call is made. */
export function signGoogleGet(
  object: GoogleObject,
  account: GoogleAccount,
  { nowMs, lifeMs }: { readonly nowMs: number; readonly lifeMs: number },
): string {
  const { url, toSign } = unsignedGet(object, account.email, { nowMs, lifeMs });
  return `${url}&X-Goog-Signature=${sign('sha256', Buffer.from(toSign), account.key).toString('hex')}`;
}

/**
 * Source: cloud.google.com/storage/docs/authentication/canonical-requests and …/signatures, read 2026-11. A library for this would
 * bring all of Google's client (@google-cloud/storage) for one string.
 */
export function unsignedGet(
  object: GoogleObject,
  email: string,
  { nowMs, lifeMs }: { readonly nowMs: number; readonly lifeMs: number },
): Unsigned {
  const time = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d{3}/gu, '');
  const scope = `${time.slice(0, 8)}/auto/storage/goog4_request`;
  // In the order that a canonical request wants them in.
  const query = [
    `X-Goog-Algorithm=${algorithm}`,
    `X-Goog-Credential=${encode(`${email}/${scope}`)}`,
    `X-Goog-Date=${time}`,
    `X-Goog-Expires=${Math.min(lifeMaxSeconds, Math.max(1, Math.ceil(lifeMs / 1000)))}`,
    'X-Goog-SignedHeaders=host',
  ].join('&');
  const { host } = new URL(object.endpoint);
  const path = pathOf(object.bucket, object.key);
  const canonical = ['GET', path, query, `host:${host}\n`, 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const digest = createHash('sha256').update(canonical).digest('hex');
  return { url: `${object.endpoint}${path}?${query}`, toSign: [algorithm, time, scope, digest].join('\n') };
}

function pathOf(bucket: string, key: string): string {
  return `/${encode(bucket)}/${key.split('/').map(encode).join('/')}`;
}

/** Everything but letters, digits and -._~ (RFC 3986). */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/gu,
    (each) => `%${each.codePointAt(0)?.toString(16).toUpperCase()}`,
  );
}
