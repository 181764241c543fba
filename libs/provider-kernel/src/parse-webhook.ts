import type { WebhookCall, WebhookUpdate } from '@posthorn/provider';
import {
  asList,
  asObject,
  kindOf,
  parseEntry,
  parseValue,
  readJson,
  unrecognised,
  without,
  type Json,
  type JsonObject,
  type WebhookReading,
} from '@posthorn/whatsapp-format';
import { readWebhookError } from './kernel-error.ts';
import { toInboundContent } from './to-inbound-content.ts';
import { toLateFailure } from './to-outcome.ts';

/**
 * What a webhook says, one update for each thing in it. Kernel does not publish the form, so both are read: the On-Premises one
 * (`contacts`, `messages`, `statuses`, `errors` at the top), and the Cloud API's (`object`, `entry`), and a list of either. All of it is for
 * the channel whose address was called: its key proved that, and nothing else in the call does. Never throws.
 * A timestamp that cannot be read becomes `nowMs`.
 */
export function parseWebhook({ body }: WebhookCall, nowMs: number): readonly WebhookUpdate[] {
  const text = new TextDecoder().decode(body);
  const root = readJson(text);
  if (root.kind === 'bad') return [unrecognised(null, root.why, text)];
  const reading: WebhookReading = {
    needsAddress: false,
    nowMs,
    contentOf: toInboundContent,
    failureOf: (error) => toLateFailure(readWebhookError(error)),
    ignored: ['meta'],
  };
  if (!Array.isArray(root.value)) return parseBody(root.value, reading);
  if (root.value.length === 0) return [unrecognised(null, 'expected an object, came an empty list', root.value)];
  return root.value.flatMap((each) => parseBody(each, reading));
}

function parseBody(value: Json, reading: WebhookReading): readonly WebhookUpdate[] {
  const body = asObject(value);
  if (body === null) return [unrecognised(null, `expected an object, came ${kindOf(value)}`, value)];
  return Object.hasOwn(body, 'entry') ? parseEnvelope(body, reading) : parseValue(body, [], null, reading);
}

function parseEnvelope(envelope: JsonObject, reading: WebhookReading): readonly WebhookUpdate[] {
  const updates = asList(envelope['entry']).flatMap((entry) => parseEntry(entry, reading));
  const left = without(envelope, ['object', 'entry']);
  if (left !== undefined) updates.push(unrecognised(null, 'expected object and entry, came more', left));
  if (updates.length === 0) updates.push(unrecognised(null, 'expected entries, came none', envelope));
  return updates;
}
