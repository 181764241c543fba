import { externalIdSchema, messageIdSchema } from '@posthorn/message';
import type { ToldStatus, WebhookUpdate } from '@posthorn/provider';
import { asList, asObject, kindOf, without, type Json, type JsonObject } from './json.ts';
import { toMs } from './to-ms.ts';
import { unrecognised, withoutAddress } from './unrecognised.ts';
import type { WebhookReading } from './webhook-reading.ts';

const statusByWord: ReadonlyMap<string, ToldStatus> = new Map([
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['played', 'played'],
  ['failed', 'failed'],
]);

/** One of `statuses[]`. Words that are no status of ours (`deleted`, `warning` …) are news. */
export function parseStatus(
  item: Json,
  address: string | null,
  { needsAddress, nowMs, failureOf }: WebhookReading,
): WebhookUpdate {
  const fields = asObject(item);
  if (fields === null) return unrecognised(address, `expected a status, came ${kindOf(item)}`, item);
  if (needsAddress && address === null) return withoutAddress(item);
  const word = fields['status'];
  const externalId = externalIdSchema.safeParse(fields['id']);
  if (typeof word !== 'string' || !/^\w{1,40}$/u.test(word) || !externalId.success) {
    return unrecognised(address, 'expected a status with an id, came not both', item);
  }
  const toldMs = toMs(fields['timestamp']);
  const status = statusByWord.get(word);
  if (status === undefined) {
    // Without our own time: repeated, it must be the same news.
    const atMs = toldMs !== undefined && { atMs: toldMs };
    return { kind: 'news', address, topic: `status.${word}`, ...atMs, data: item };
  }
  const messageId = messageIdSchema.safeParse(fields['biz_opaque_callback_data']);
  const pricing = asObject(fields['pricing']);
  const failure = status === 'failed' ? failureOf(asList(fields['errors'])[0]) : undefined;
  const more = toMore(fields, messageId.success, failure !== undefined);
  return {
    kind: 'status',
    address,
    externalId: externalId.data,
    messageId: messageId.success ? messageId.data : null,
    status,
    atMs: toldMs ?? nowMs,
    ...(failure !== undefined && { failure }),
    ...(pricing !== null && { pricing }),
    ...(more !== undefined && { more }),
  };
}

/** What has no place of its own: the recipient, the conversation, someone else's callback data, further errors. */
function toMore(fields: JsonObject, isOurs: boolean, hasFailure: boolean): JsonObject | undefined {
  return without(fields, [
    'id',
    'status',
    ...(toMs(fields['timestamp']) === undefined ? [] : ['timestamp']),
    ...(isOurs ? ['biz_opaque_callback_data'] : []),
    ...(asObject(fields['pricing']) === null ? [] : ['pricing']),
    ...(hasFailure && asList(fields['errors']).length === 1 ? ['errors'] : []),
  ]);
}
