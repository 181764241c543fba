import type { WebhookUpdate } from '@posthorn/provider';
import { indexContacts } from './index-contacts.ts';
import { asList, without, type JsonObject } from './json.ts';
import { parseMessage } from './parse-message.ts';
import { parseStatus } from './parse-status.ts';
import { unrecognised, withoutAddress } from './unrecognised.ts';
import type { WebhookReading } from './webhook-reading.ts';

const listFields = ['contacts', 'messages', 'statuses', 'errors'];

/** What holds `messages`, `statuses` and `errors`: a change's value, on premises the whole body. `frame` names what surrounds them. */
export function parseValue(
  value: JsonObject,
  frame: readonly string[],
  address: string | null,
  reading: WebhookReading,
): WebhookUpdate[] {
  const contactOf = indexContacts(asList(value['contacts']));
  const updates = [
    ...asList(value['messages']).map((message) => parseMessage(message, contactOf, address, reading)),
    ...asList(value['statuses']).map((status) => parseStatus(status, address, reading)),
    ...asList(value['errors']).map((error): WebhookUpdate => {
      if (reading.needsAddress && address === null) return withoutAddress(error);
      return { kind: 'news', address, topic: 'errors', data: error };
    }),
  ];
  if (updates.length === 0) return [unrecognised(address, 'expected messages, statuses or errors, came none', value)];
  const left = without(value, [...frame, ...listFields, ...reading.ignored]);
  if (left !== undefined) updates.push(unrecognised(address, 'expected messages, statuses or errors, came more', left));
  return updates;
}
