import type { WebhookCall, WebhookUpdate } from '@posthorn/provider';
import { indexContacts } from './contacts.ts';
import { asList, asObject, asText, isShallowJson, kindOf, without, type Json, type JsonObject } from './json.ts';
import { parseMessage } from './parse-message.ts';
import { parseStatus } from './parse-status.ts';
import { toMs } from './to-ms.ts';
import { unrecognised } from './unrecognised.ts';

const object = 'whatsapp_business_account';

/**
 * What a webhook says, one update for each thing in it: messages, statuses, errors and news, and `unrecognised` for what is none
 * of them. Never throws. A timestamp that cannot be read becomes `nowMs`.
 * Source: developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components, read 2026-11.
 */
export function parseWebhook({ body }: WebhookCall, nowMs: number): readonly WebhookUpdate[] {
  const text = new TextDecoder().decode(body);
  const root = parseJson(text);
  if (root.kind === 'bad') return [unrecognised(null, root.why, text)];
  const envelope = asObject(root.value);
  if (envelope === null) return [unrecognised(null, `expected an object, came ${kindOf(root.value)}`, root.value)];
  const entries = asList(envelope['entry']);
  const known = envelope['object'] === object;
  if (!known && entries.length === 0) return [unrecognised(null, `expected object ${object}, came another`, envelope)];
  const left = without(envelope, ['object', 'entry']);
  return [
    ...entries.flatMap((entry) =>
      known ? parseEntry(entry, nowMs) : [unrecognised(null, `expected object ${object}, came another`, entry)],
    ),
    ...(left === undefined ? [] : [unrecognised(null, 'expected object and entry, came more', left)]),
  ];
}

function parseJson(text: string): { kind: 'good'; value: Json } | { kind: 'bad'; why: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (isShallowJson(value)) return { kind: 'good', value };
    return { kind: 'bad', why: 'expected JSON of ordinary depth, came deeper' };
  } catch {
    return { kind: 'bad', why: 'expected JSON, came something else' };
  }
}

function parseEntry(entry: Json, nowMs: number): WebhookUpdate[] {
  const fields = asObject(entry);
  if (fields === null) return [unrecognised(null, `expected an entry, came ${kindOf(entry)}`, entry)];
  const account = asText(fields['id']) ?? null;
  const changes = asList(fields['changes']);
  const left = without(fields, ['id', 'time', 'changes']);
  const updates = changes.flatMap((change) => parseChange(change, account, toMs(fields['time']), nowMs));
  if (left !== undefined) updates.push(unrecognised(account, 'expected an entry with changes, came more', left));
  if (updates.length === 0) updates.push(unrecognised(account, 'expected changes, came none', entry));
  return updates;
}

function parseChange(change: Json, account: string | null, atMs: number | undefined, nowMs: number): WebhookUpdate[] {
  const fields = asObject(change);
  const value = fields?.['value'];
  if (fields === null || value === undefined) {
    return [unrecognised(account, `expected a change with a value, came ${kindOf(change)}`, change)];
  }
  const content = asObject(value);
  const address = asText(asObject(content?.['metadata'])?.['phone_number_id']) ?? account;
  const field = fields['field'];
  const left = without(fields, ['field', 'value']);
  const rest =
    left === undefined ? [] : [unrecognised(address, 'expected a change with field and value, came more', left)];
  if (field === 'messages') {
    if (content === null) return [unrecognised(address, `expected a value, came ${kindOf(value)}`, value), ...rest];
    return [...parseMessages(content, address, nowMs), ...rest];
  }
  if (address === null || typeof field !== 'string' || !/^\w{1,100}$/u.test(field)) {
    return [unrecognised(address, 'expected a field name and the id of the account, came not both', change)];
  }
  return [{ kind: 'news', address, topic: field, ...(atMs !== undefined && { atMs }), data: value }, ...rest];
}

const valueFields = ['messaging_product', 'metadata', 'contacts', 'messages', 'statuses', 'errors'];

function parseMessages(value: JsonObject, address: string | null, nowMs: number): WebhookUpdate[] {
  const contactOf = indexContacts(asList(value['contacts']));
  const errors = asList(value['errors']);
  const updates = [
    ...asList(value['messages']).map((message) => parseMessage(message, contactOf, address, nowMs)),
    ...asList(value['statuses']).map((status) => parseStatus(status, address, nowMs)),
    ...errors.map((error): WebhookUpdate => {
      if (address === null) return unrecognised(null, 'expected the id of the number or account, came none', error);
      return { kind: 'news', address, topic: 'errors', data: error };
    }),
  ];
  if (updates.length === 0) return [unrecognised(address, 'expected messages, statuses or errors, came none', value)];
  const left = without(value, valueFields);
  if (left !== undefined) updates.push(unrecognised(address, 'expected messages, statuses or errors, came more', left));
  return updates;
}
