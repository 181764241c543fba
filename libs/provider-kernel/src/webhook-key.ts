import { createHash, timingSafeEqual } from 'node:crypto';
import type { WebhookCall } from '@posthorn/provider';

/**
 * Whether the call carries one of the channel's keys as `apikey` in its query: the only proof Kernel has. Every key is compared, as
 * digests of equal length, so the time taken tells nothing; false without a (non-empty) key. It proves nothing of the body.
 */
export function hasKey({ query }: WebhookCall, keys: readonly string[]): boolean {
  const given = query['apikey'] ?? '';
  const digest = digestOf(given);
  let fits = false;
  for (const key of keys) fits = (timingSafeEqual(digestOf(key), digest) && key !== '') || fits;
  return fits && given !== '';
}

function digestOf(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
