import type { WebhookCall, WebhookUpdate } from '@posthorn/provider';
import { parseMessage } from './parse-message.ts';
import { parseStatus } from './parse-status.ts';
import { readEntries, type Entry } from './read-entries.ts';

const inboundStatuses: ReadonlySet<string> = new Set(['received', 'receiving']);

/**
 * What a webhook says: one message or one status, as a form; JSON is read too, and a list of it as several. Anything else is kept.
 * Never throws. Twilio tells no times: they are `nowMs`. Source: twilio.com/docs/messaging/guides/webhook-request and
 * guides/track-outbound-message-status, read 2026-11.
 */
export function parseWebhook(call: WebhookCall, nowMs: number): readonly WebhookUpdate[] {
  const entries = readEntries(call);
  if (entries === null) {
    const data = new TextDecoder().decode(call.body);
    return [{ kind: 'unrecognised', address: null, why: 'expected a form or JSON, came something else', data }];
  }
  if (entries.length === 0) {
    return [{ kind: 'unrecognised', address: null, why: 'expected entries, came an empty list', data: [] }];
  }
  return entries.map((entry) => parseEntry(entry, call, nowMs));
}

function parseEntry(entry: Entry, { query }: WebhookCall, nowMs: number): WebhookUpdate {
  const word = entry['MessageStatus'] ?? entry['SmsStatus'];
  if (word !== undefined && !inboundStatuses.has(word)) return parseStatus(entry, word, query, nowMs);
  if (word !== undefined || entry['Body'] !== undefined || entry['NumMedia'] !== undefined)
    return parseMessage(entry, nowMs);
  if (entry['Payload'] !== undefined && /^\w{1,20}$/u.test(entry['Level'] ?? '')) {
    // The debugger tells of errors and warnings, such as calls of ours that Twilio could not make.
    return { kind: 'news', address: null, topic: `debugger.${entry['Level']?.toLowerCase()}`, data: entry };
  }
  return { kind: 'unrecognised', address: null, why: 'expected a message or a status, came neither', data: entry };
}
