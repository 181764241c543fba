import type { MessageId } from '@posthorn/message';
import { eventTypeSchema, laneSchema, messageIdSchema, statusSchema, tenantIdSchema } from '@posthorn/message';
import { failureRules } from '@posthorn/outcome';
import type { FailureCode } from '@posthorn/outcome';
import { z } from 'zod';
import type { ChannelRef } from './ledger.ts';
import type { EventView, MessageView, TimelineEntry } from './message-view.ts';
import type { RecordFields } from './reply.ts';
import { bytes, number, record, text, textOrNull } from './reply.ts';
import type { SealedRecords } from './sealed-record.ts';
import { parseTimeline } from './timeline.ts';

export const getReply = z.tuple([
  record,
  bytes,
  z.array(text),
  textOrNull,
  z.tuple([textOrNull, textOrNull, textOrNull, textOrNull, textOrNull, textOrNull, textOrNull]),
  record,
  number,
  z.array(text),
]);
export const listReply = z.array(z.tuple([text, record, bytes]));
export const eventReply = z.tuple([
  text,
  text,
  number,
  textOrNull,
  number,
  bytes,
  bytes,
  z.array(text),
  bytes,
  textOrNull,
  textOrNull,
  textOrNull,
  textOrNull,
]);
export const eventsReply = z.array(eventReply);

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
    outOfOrder: field('oo') !== '',
    sealed: records.openContent(id, content),
  };
}

/** Renders an event from its pointer and what the pointer points to, see `lua/render.lua`. */
export function toEventView(
  channel: ChannelRef,
  row: z.output<typeof eventReply>,
  records: SealedRecords,
): EventView | null {
  const [position, known, at, ulid, generation, data, body, lines, externalId, code, duplicate, traceparent, passed] =
    row;
  // A type of a newer release: it is there for those who know it.
  const type = eventTypeSchema.safeParse(known).data;
  if (type === undefined) return null;
  const received = type === 'message.received';
  const messageId = ulid === null || received ? null : messageIdOf(channel, ulid);
  const sealed = messageId === null ? null : records.openContent(messageId, body);
  const entry = entryOf(type, parseTimeline(lines));
  const failureCode = code ?? entry?.code ?? null;
  const message = received && ulid !== null ? records.openInbound(`in_${channel.id}_${ulid}`, body) : null;
  return {
    position,
    type,
    at,
    messageId,
    generation: messageId === null ? null : generation,
    to: sealed?.to ?? null,
    callbackData: sealed?.callbackData ?? null,
    externalId: message?.externalId ?? (messageId === null ? null : records.openExternalId(channel.id, externalId)),
    failure:
      type === 'message.failed' || type === 'message.held'
        ? { code: failureCode ?? 'no_answer', problem: entry?.problem ?? null }
        : null,
    providerAt: entry?.providerAt ?? null,
    pricing: entry?.pricing ?? null,
    possibleDuplicate: duplicate !== null,
    outOfOrder: passed !== null,
    more: messageId === null ? null : toldBesides(records.openData(channel.id, data)),
    traceparent,
    message,
    data: dataOf(),
  };

  function dataOf(): unknown {
    if (received) return null;
    if (messageId === null) return records.openData(channel.id, data);
    // A message that was refused for it tells who it is about.
    if (type !== 'recipient.opted_out') return null;
    return { recipient: sealed?.to ?? null, source: 'provider', inboundId: null, messageId };
  }
}

function toldBesides(data: unknown): unknown {
  return z.object({ more: z.unknown() }).safeParse(data).data?.more ?? null;
}

/** What the timeline says of the moment that an event tells of. */
function entryOf(type: string, entries: readonly TimelineEntry[]): TimelineEntry | undefined {
  const status = type.slice(type.indexOf('.') + 1);
  const words = new Set([status, ...(status === 'failed' ? ['dead'] : status === 'held' ? ['hold'] : [])]);
  return entries.findLast(({ status: told, what }) => words.has(told ?? what) || words.has(what));
}
