import type { WebhookCall, WebhookUpdate } from '@posthorn/provider';
import { indexContacts } from './contacts.ts';
import { asList, asObject, isShallowJson, kindOf, without, type Json, type JsonObject } from './json.ts';
import { parseMessage } from './parse-message.ts';
import { parseStatus } from './parse-status.ts';
import { toMs } from './to-ms.ts';
import { unrecognised } from './unrecognised.ts';

/**
 * What a webhook says, one update for each thing in it. Kernel does not publish the form, so both are read: the On-Premises one
 * (`contacts`, `messages`, `statuses`, `errors` at the top), and the Cloud API's (`object`, `entry`), and a list of either. All of it is for
 * the channel whose address was called: its key proved that, and nothing else in the call does. Never throws.
 * A timestamp that cannot be read becomes `nowMs`.
 */
export function parseWebhook({ body }: WebhookCall, nowMs: number): readonly WebhookUpdate[] {
  const text = new TextDecoder().decode(body);
  const root = parseJson(text);
  if (root.kind === 'bad') return [unrecognised(root.why, text)];
  if (!Array.isArray(root.value)) return parseBody(root.value, nowMs);
  if (root.value.length === 0) return [unrecognised('expected an object, came an empty list', root.value)];
  return root.value.flatMap((each) => parseBody(each, nowMs));
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

function parseBody(value: Json, nowMs: number): readonly WebhookUpdate[] {
  const body = asObject(value);
  if (body === null) return [unrecognised(`expected an object, came ${kindOf(value)}`, value)];
  return Object.hasOwn(body, 'entry') ? parseEnvelope(body, nowMs) : parseContent(body, [], nowMs);
}

function parseEnvelope(envelope: JsonObject, nowMs: number): WebhookUpdate[] {
  const updates = asList(envelope['entry']).flatMap((entry) => parseEntry(entry, nowMs));
  const left = without(envelope, ['object', 'entry']);
  if (left !== undefined) updates.push(unrecognised('expected object and entry, came more', left));
  if (updates.length === 0) updates.push(unrecognised('expected entries, came none', envelope));
  return updates;
}

function parseEntry(entry: Json, nowMs: number): WebhookUpdate[] {
  const fields = asObject(entry);
  if (fields === null) return [unrecognised(`expected an entry, came ${kindOf(entry)}`, entry)];
  const changes = asList(fields['changes']);
  const updates = changes.flatMap((change) => parseChange(change, toMs(fields['time']), nowMs));
  const left = without(fields, ['id', 'time', 'changes']);
  if (left !== undefined) updates.push(unrecognised('expected an entry with changes, came more', left));
  if (updates.length === 0) updates.push(unrecognised('expected changes, came none', entry));
  return updates;
}

function parseChange(change: Json, atMs: number | undefined, nowMs: number): readonly WebhookUpdate[] {
  const fields = asObject(change);
  const value = fields?.['value'];
  if (fields === null || value === undefined) {
    return [unrecognised(`expected a change with a value, came ${kindOf(change)}`, change)];
  }
  const field = fields['field'];
  const left = without(fields, ['field', 'value']);
  const rest = left === undefined ? [] : [unrecognised('expected a change with field and value, came more', left)];
  if (field === 'messages') {
    const content = asObject(value);
    if (content === null) return [unrecognised(`expected a value, came ${kindOf(value)}`, value), ...rest];
    return [...parseContent(content, ['messaging_product', 'metadata'], nowMs), ...rest];
  }
  if (typeof field !== 'string' || !/^\w{1,100}$/u.test(field)) {
    return [unrecognised('expected the name of a field, came none', change)];
  }
  return [{ kind: 'news', address: null, topic: field, ...(atMs !== undefined && { atMs }), data: value }, ...rest];
}

const contentFields = ['contacts', 'messages', 'statuses', 'errors', 'meta'];

function parseContent(value: JsonObject, frame: readonly string[], nowMs: number): readonly WebhookUpdate[] {
  const contactOf = indexContacts(asList(value['contacts']));
  const updates = [
    ...asList(value['messages']).map((message) => parseMessage(message, contactOf, nowMs)),
    ...asList(value['statuses']).map((status) => parseStatus(status, nowMs)),
    ...asList(value['errors']).map((error): WebhookUpdate => ({
      kind: 'news',
      address: null,
      topic: 'errors',
      data: error,
    })),
  ];
  if (updates.length === 0) return [unrecognised('expected messages, statuses or errors, came none', value)];
  const left = without(value, [...frame, ...contentFields]);
  return left === undefined
    ? updates
    : [...updates, unrecognised('expected messages, statuses or errors, came more', left)];
}
