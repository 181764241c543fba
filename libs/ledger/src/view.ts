import type { MessageId } from '@posthorn/message';
import { eventTypeSchema, laneSchema, messageIdSchema, statusSchema, tenantIdSchema } from '@posthorn/message';
import { failureRules } from '@posthorn/outcome';
import type { FailureCode } from '@posthorn/outcome';
import { z } from 'zod';
import type { ChannelRef } from './ledger.ts';
import type { EventView, MessageView, TimelineEntry, WaitsFor } from './message-view.ts';
import type { RecordFields } from './reply.ts';
import { bytes, number, record, text, textOrNull } from './reply.ts';
import type { SealedRecords } from './sealed-record.ts';

export const getReply = z.tuple([
  record,
  bytes,
  z.array(text),
  textOrNull,
  z.tuple([textOrNull, textOrNull]),
  z.array(text),
  number,
]);
export const listReply = z.array(z.tuple([text, record, bytes]));
export const eventsReply = z.array(z.tuple([text, text, number, textOrNull, number, bytes, bytes, textOrNull]));

/** Whether a stored text is a failure code of this release; another release's is shown as `rejected`. */
export function failureCodeOf(value: string): FailureCode {
  return isFailureCode(value) ? value : 'rejected';
}

function isFailureCode(value: string): value is FailureCode {
  return Object.hasOwn(failureRules, value);
}

/** The message that a 26-character id names in this channel. */
export function messageIdOf(channel: ChannelRef, ulid: string): MessageId {
  return messageIdSchema.parse(`msg_${channel.id}_${ulid}`);
}

/** Reads a record as the scripts keep it; see `lua/prelude.lua` for the fields. */
export function toMessageView(
  channel: ChannelRef,
  ulid: string,
  fields: RecordFields,
  content: Buffer,
  records: SealedRecords,
): MessageView {
  const id = messageIdOf(channel, ulid);
  const field = (name: string): string => fields.get(name)?.toString() ?? '';
  const externalId = fields.get('x');
  return {
    id,
    channelId: channel.id,
    tenantId: tenantIdSchema.parse(field('t')),
    status: statusSchema.parse(field('s')),
    statusAt: Number(field('u')),
    generation: Number(field('g')),
    lane: laneSchema.parse(field('l')),
    attempts: Number(field('a')),
    acceptedAt: Number(field('at')),
    expiresAt: Number(field('ea')),
    sendAt: field('sa') === '' ? null : Number(field('sa')),
    externalId: externalId === undefined ? null : records.openExternalId(channel.id, externalId),
    failure: field('f') === '' ? null : { code: failureCodeOf(field('f')), problem: null },
    possibleDuplicate: field('d') !== '',
    sealed: records.openContent(id, content),
  };
}

/** What a message waits for, from what get.lua tells of it. Null: it waits for nothing. */
export function toWaitsFor(
  channel: ChannelRef,
  message: MessageView,
  fields: RecordFields,
  timeline: readonly TimelineEntry[],
  [, , , head, [throttledUntil, recipientUntil], pauseReasons, now]: z.output<typeof getReply>,
): WaitsFor | null {
  if (message.status === 'held') return { kind: 'evidence', since: message.statusAt };
  if (message.status !== 'accepted') return null;
  if (fields.has('ct')) return { kind: 'answer', since: Number(fields.get('ca')?.toString()) };
  if (message.sendAt !== null && message.sendAt > now) return { kind: 'its_time', until: message.sendAt };
  const headId = head === null ? null : messageIdOf(channel, head);
  if (headId !== null && headId !== message.id) return { kind: 'predecessor', messageId: headId };
  if (pauseReasons.length > 0) return { kind: 'channel_paused', reasons: pauseReasons };
  if (Number(throttledUntil) > now) return { kind: 'channel_throttled', until: Number(throttledUntil) };
  const until = Math.max(Number(fields.get('na')?.toString() ?? 0), Number(recipientUntil ?? 0));
  if (until > now)
    return {
      kind: 'retry',
      until,
      code: timeline.findLast((entry) => entry.code !== undefined)?.code ?? 'recipient_throttled',
    };
  return { kind: 'worker' };
}

/** Renders an event from its pointer and what the pointer points to. */
export function toEventView(
  channel: ChannelRef,
  row: z.output<typeof eventsReply>[number],
  records: SealedRecords,
): EventView {
  const [position, type, at, ulid, generation, data, body, failure] = row;
  const received = type === 'message.received';
  const messageId = ulid === null || received ? null : messageIdOf(channel, ulid);
  return {
    position,
    type: eventTypeSchema.parse(type),
    at,
    messageId,
    generation: messageId === null ? null : generation,
    callbackData: messageId === null ? null : (records.openContent(messageId, body)?.callbackData ?? null),
    failure: failure === null ? null : { code: failure },
    message: received && ulid !== null ? records.openInbound(`in_${channel.id}_${ulid}`, body) : null,
    data: records.openData(channel.id, data),
  };
}
