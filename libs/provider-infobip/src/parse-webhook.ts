import type { NewsUpdate, WebhookCall, WebhookUpdate } from '@posthorn/provider';
import {
  asObject,
  asText,
  kindOf,
  readJson,
  unrecognised,
  type Json,
  type JsonObject,
  toSender,
} from '@posthorn/whatsapp-format';
import { parseMessage } from './parse-message.ts';
import { parseReport, parseSeen } from './parse-report.ts';
import { toAddress } from './to-address.ts';
import { toMs } from './to-ms.ts';
import { withoutNulls } from './without-nulls.ts';

/**
 * What a webhook says. One address gets all kinds, told apart by their fields: a list of messages, reports or receipts, or one
 * piece of news. Never throws; what is none of them is `unrecognised`. Reports name no sender: they are for the channel that was
 * called. Source: Infobip's OpenAPI description 3.210.0 (webhooks).
 */
export function parseWebhook({ body }: WebhookCall, nowMs: number): readonly WebhookUpdate[] {
  const text = new TextDecoder().decode(body);
  const root = readJson(text);
  if (root.kind === 'bad') return [unrecognised(null, root.why, text)];
  const envelope = asObject(root.value);
  if (envelope === null) return [unrecognised(null, `expected an object, came ${kindOf(root.value)}`, root.value)];
  const { results } = envelope;
  if (results === undefined) return [parseNews(envelope)];
  if (!Array.isArray(results)) {
    return [unrecognised(null, `expected a list of results, came ${kindOf(results)}`, envelope)];
  }
  const left = withoutNulls(envelope, ['results', 'messageCount', 'pendingMessageCount']);
  return [
    ...results.map((result) => parseResult(result, nowMs)),
    ...(left === undefined ? [] : [unrecognised(null, 'expected results, came more', left)]),
  ];
}

function parseResult(result: Json, nowMs: number): WebhookUpdate {
  const fields = asObject(result);
  if (fields === null) return unrecognised(null, `expected a result, came ${kindOf(result)}`, result);
  if (asObject(fields['message']) !== null) return parseMessage(fields, nowMs);
  if (fields['seenAt'] !== undefined) return parseSeen(fields, nowMs);
  if (asObject(fields['status']) !== null) return parseReport(fields, nowMs);
  return unrecognised(null, 'expected a result with message, seenAt or status, came none of them', result);
}

/** Of a template, or of a person's wishes and identity. */
function parseNews(envelope: JsonObject): WebhookUpdate {
  const change = asObject(envelope['change']);
  const content = asObject(envelope['content']);
  const topic = change === null ? topicOf(content) : asText(change['type']);
  if (topic === undefined || !/^\w{1,100}$/u.test(topic)) {
    return unrecognised(null, 'expected results, a change or a content that is known, came another', envelope);
  }
  const atMs = toMs(envelope[change === null ? 'createdAt' : 'timestamp']);
  return {
    kind: 'news',
    // A template's news names no sender.
    address: change === null ? toAddress(asText(envelope['from'])) : null,
    topic: topic.toLowerCase(),
    ...(atMs !== undefined && { atMs }),
    ...preferencesOf(content, atMs),
    data: envelope,
  };
}

function preferencesOf(content: JsonObject | null, atMs: number | undefined): Pick<NewsUpdate, 'preferences'> {
  const from = asText(content?.['from']);
  const word = asText(content?.['notificationMessagesStatus']);
  if (from === undefined || (word !== 'stop' && word !== 'resume')) return {};
  return {
    preferences: [{ recipient: toSender(from), marketing: word === 'stop' ? 'out' : 'in', atMs: atMs ?? null }],
  };
}

function topicOf(content: JsonObject | null): string | undefined {
  if (asText(content?.['notificationMessagesStatus']) !== undefined) return 'marketing_preference';
  return asText(content?.['type']);
}
