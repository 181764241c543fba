import type { WebhookCall, WebhookUpdate } from '@posthorn/provider';
import {
  asList,
  asObject,
  kindOf,
  parseEntry,
  readJson,
  toInboundContent,
  unrecognised,
  without,
  type Json,
  type WebhookReading,
} from '@posthorn/whatsapp-format';
import { graphErrorSchema } from './graph-error.ts';
import { toLateFailure } from './to-outcome.ts';

const object = 'whatsapp_business_account';

/**
 * What a webhook says, one update for each thing in it: messages, statuses, errors and news, and `unrecognised` for what is none
 * of them. Never throws. A timestamp that cannot be read becomes `nowMs`.
 */
export function parseWebhook({ body }: WebhookCall, nowMs: number): readonly WebhookUpdate[] {
  const text = new TextDecoder().decode(body);
  const root = readJson(text);
  if (root.kind === 'bad') return [unrecognised(null, root.why, text)];
  const envelope = asObject(root.value);
  if (envelope === null) return [unrecognised(null, `expected an object, came ${kindOf(root.value)}`, root.value)];
  const entries = asList(envelope['entry']);
  const known = envelope['object'] === object;
  if (!known && entries.length === 0) return [unrecognised(null, `expected object ${object}, came another`, envelope)];
  const left = without(envelope, ['object', 'entry']);
  const reading: WebhookReading = {
    needsAddress: true,
    nowMs,
    contentOf: toInboundContent,
    failureOf: readFailure,
    ignored: [],
  };
  return [
    ...entries.flatMap((entry) =>
      known ? parseEntry(entry, reading) : [unrecognised(null, `expected object ${object}, came another`, entry)],
    ),
    ...(left === undefined ? [] : [unrecognised(null, 'expected object and entry, came more', left)]),
  ];
}

function readFailure(told: Json | undefined) {
  return toLateFailure(graphErrorSchema.catch({}).parse(told ?? {}));
}
