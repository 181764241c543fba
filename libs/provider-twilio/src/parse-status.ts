import { externalIdSchema, messageIdSchema } from '@posthorn/message';
import type { ToldStatus, WebhookUpdate } from '@posthorn/provider';
import type { Entry } from './read-entries.ts';
import { toAddress } from './to-address.ts';
import { messageIdParameter } from './to-request.ts';
import { toLateFailure } from './to-outcome.ts';
import { twilioErrorSchema } from './to-problem.ts';

const statusByWord: ReadonlyMap<string, ToldStatus> = new Map([
  // Before it is sent: Twilio has it. That settles a message whose answer was lost.
  ['accepted', 'submitted'],
  ['scheduled', 'submitted'],
  ['queued', 'submitted'],
  ['sending', 'submitted'],
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['failed', 'failed'],
  ['undelivered', 'failed'],
  ['canceled', 'failed'],
]);

/** A status callback. Our id comes from the address we gave for it. Everything Twilio told is kept in `more`, under its names. */
export function parseStatus(
  entry: Entry,
  word: string,
  query: Readonly<Record<string, string>>,
  nowMs: number,
): WebhookUpdate {
  const externalId = externalIdSchema.safeParse(entry['MessageSid'] ?? entry['SmsSid']);
  if (!externalId.success || !/^\w{1,40}$/u.test(word)) {
    return {
      kind: 'unrecognised',
      address: null,
      why: 'expected a status with a MessageSid, came not both',
      data: entry,
    };
  }
  const address = toAddress(entry['From']) ?? null;
  const status = statusByWord.get(word);
  if (status === undefined) return { kind: 'news', address, topic: `status.${word}`, data: entry };
  const error = twilioErrorSchema.parse({
    code: entry['ErrorCode'],
    message:
      entry['ErrorMessage'] ??
      entry['ChannelStatusMessage'] ??
      (word === 'canceled' ? 'canceled at Twilio' : undefined),
  });
  return {
    kind: 'status',
    address,
    externalId: externalId.data,
    messageId: messageIdSchema.safeParse(query[messageIdParameter]).data ?? null,
    status,
    atMs: nowMs,
    ...(status === 'failed' && { failure: toLateFailure(error, nowMs) }),
    more: entry,
  };
}
