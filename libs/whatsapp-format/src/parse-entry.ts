import type { WebhookUpdate } from '@posthorn/provider';
import { asList, asObject, asText, kindOf, without, type Json } from './json.ts';
import { parseValue } from './parse-value.ts';
import { readPreferences } from './read-preferences.ts';
import { toMs } from './to-ms.ts';
import { unrecognised, withoutAddress } from './unrecognised.ts';
import type { WebhookReading } from './webhook-reading.ts';

/**
 * One of `entry[]`: messages, statuses, errors and news, and `unrecognised` for what is none of them.
 * Source: developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components, read 2026-11.
 */
export function parseEntry(entry: Json, reading: WebhookReading): WebhookUpdate[] {
  const fields = asObject(entry);
  if (fields === null) return [unrecognised(null, `expected an entry, came ${kindOf(entry)}`, entry)];
  const account = reading.needsAddress ? (asText(fields['id']) ?? null) : null;
  const changes = asList(fields['changes']);
  const left = without(fields, ['id', 'time', 'changes']);
  const updates = changes.flatMap((change) => parseChange(change, account, toMs(fields['time']), reading));
  if (left !== undefined) updates.push(unrecognised(account, 'expected an entry with changes, came more', left));
  if (updates.length === 0) updates.push(unrecognised(account, 'expected changes, came none', entry));
  return updates;
}

const frame = ['messaging_product', 'metadata'];

function parseChange(
  change: Json,
  account: string | null,
  atMs: number | undefined,
  reading: WebhookReading,
): WebhookUpdate[] {
  const fields = asObject(change);
  const value = fields?.['value'];
  if (fields === null || value === undefined) {
    return [unrecognised(account, `expected a change with a value, came ${kindOf(change)}`, change)];
  }
  const content = asObject(value);
  const number = asText(asObject(content?.['metadata'])?.['phone_number_id']);
  const address = reading.needsAddress ? (number ?? account) : null;
  const field = fields['field'];
  const left = without(fields, ['field', 'value']);
  const rest =
    left === undefined ? [] : [unrecognised(address, 'expected a change with field and value, came more', left)];
  if (field === 'messages') {
    if (content === null) return [unrecognised(address, `expected a value, came ${kindOf(value)}`, value), ...rest];
    return [...parseValue(content, frame, address, reading), ...rest];
  }
  if (typeof field !== 'string' || !/^\w{1,100}$/u.test(field)) {
    return [unrecognised(address, 'expected the name of a field, came none', change)];
  }
  if (reading.needsAddress && address === null) return [withoutAddress(change)];
  const preferences = field === 'user_preferences' ? readPreferences(value) : [];
  const news = { kind: 'news', address, topic: field, ...(atMs !== undefined && { atMs }), data: value } as const;
  return [{ ...news, ...(preferences.length > 0 && { preferences }) }, ...rest];
}
