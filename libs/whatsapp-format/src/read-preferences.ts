import type { MarketingPreference } from '@posthorn/provider';
import { asList, asObject, asText, type Json } from './json.ts';
import { toMs } from './to-ms.ts';
import { toSender } from './to-sender.ts';

const marketingByValue: ReadonlyMap<string, MarketingPreference['marketing']> = new Map([
  ['stop', 'out'],
  ['resume', 'in'],
  ['signup', 'in'],
]);

/**
 * What people set of marketing, by the field `user_preferences`; of what is not read here, nothing.
 * Source: developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference/user_preferences, read 2026-11.
 */
export function readPreferences(value: Json): readonly MarketingPreference[] {
  const list = Array.isArray(value) ? value : asList(asObject(value)?.['user_preferences']);
  return list.flatMap((entry) => {
    const fields = asObject(entry);
    const recipient = asText(fields?.['wa_id']) ?? asText(fields?.['user_id']);
    const marketing = marketingByValue.get(asText(fields?.['value']) ?? '');
    if (recipient === undefined || marketing === undefined || fields?.['category'] !== 'marketing_messages') return [];
    return [{ recipient: toSender(recipient), marketing, atMs: toMs(fields['timestamp']) ?? null }];
  });
}
