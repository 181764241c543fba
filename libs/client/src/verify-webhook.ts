import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a subscription is told; `docs/events.md` has each type. */
export interface WebhookEvent {
  readonly id: string;
  readonly version: number;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type Verdict =
  | { readonly kind: 'verified'; readonly event: WebhookEvent }
  /** Answer 401, and do nothing. */
  | {
      readonly kind: 'refused';
      readonly why: 'header_missing' | 'too_old' | 'too_new' | 'wrong_signature' | 'not_an_event';
    };

export interface WebhookToVerify {
  /** The secret of the subscription (`whsec_…`); while it is rotated, the former one too. */
  readonly secrets: readonly string[];
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As it came: parsed and written again, it has another signature. */
  readonly body: string | Uint8Array;
  /** How far its time may be from ours. Default: 5 minutes. */
  readonly toleranceMs?: number;
  /** For tests; default: now. */
  readonly nowMs?: number;
}

const toleranceDefaultMs = 300_000;

/**
 * Whether a webhook comes from posthorn, by Standard Webhooks 1.0.0; never throws for what came from outside. Throws if a secret is none:
 * with an empty key anybody could sign.
 */
export function verifyWebhook({ secrets, headers, body, ...options }: WebhookToVerify): Verdict {
  const keys = secrets.map(keyOf);
  const [id, time, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headerOf(headers, name),
  );
  if (!id || !time || !signatures || !/^\d{1,12}$/u.test(time)) return { kind: 'refused', why: 'header_missing' };
  const toleranceMs = options.toleranceMs ?? toleranceDefaultMs;
  const ageMs = (options.nowMs ?? new Date().getTime()) - Number(time) * 1_000;
  if (ageMs > toleranceMs) return { kind: 'refused', why: 'too_old' };
  if (ageMs < -toleranceMs) return { kind: 'refused', why: 'too_new' };
  const bytes = Buffer.from(body);
  const expected = keys.map((key) => createHmac('sha256', key).update(`${id}.${time}.`).update(bytes).digest());
  const given = signatures
    .split(' ')
    .flatMap((each) => (each.startsWith('v1,') ? [Buffer.from(each.slice(3), 'base64')] : []));
  const isOurs = given.some((one) =>
    expected.some((other) => one.length === other.length && timingSafeEqual(one, other)),
  );
  if (!isOurs) return { kind: 'refused', why: 'wrong_signature' };
  const event = readEvent(bytes.toString());
  return event === null ? { kind: 'refused', why: 'not_an_event' } : { kind: 'verified', event };
}

function keyOf(secret: string): Buffer {
  const key = Buffer.from(/^whsec_(?<key>[A-Za-z0-9+/]+={0,2})$/u.exec(secret)?.groups?.['key'] ?? '', 'base64');
  if (key.length >= 24) return key;
  throw new Error('expected a secret as posthorn shows it: whsec_ and at least 24 bytes in base64');
}

function headerOf(headers: WebhookToVerify['headers'], name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof found === 'string' ? found : undefined;
}

function readEvent(text: string): WebhookEvent | null {
  try {
    const value: unknown = JSON.parse(text);
    return isEvent(value) ? value : null;
  } catch {
    return null;
  }
}

function isEvent(value: unknown): value is WebhookEvent {
  if (typeof value !== 'object' || value === null) return false;
  if (!('id' in value && 'type' in value && 'timestamp' in value && 'data' in value)) return false;
  const { id, type, timestamp, data } = value;
  const texts = [id, type, timestamp];
  return texts.every((each) => typeof each === 'string') && typeof data === 'object' && data !== null;
}
