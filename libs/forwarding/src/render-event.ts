import type {
  ChannelId,
  EventEnvelope,
  EventType,
  ExternalId,
  InboundMessage,
  KeptEventData,
  MessageEventData,
  MessageId,
  ProviderId,
  ReceivedEventData,
  Recipient,
} from '@posthorn/message';
import { eventIdSchema, statusSchema } from '@posthorn/message';
import type { ProviderProblem } from '@posthorn/outcome';
import { failureRules } from '@posthorn/outcome';
import { z } from 'zod';

/** An event as the ledger tells it. Times in milliseconds since 1970. */
export interface ToldEvent {
  readonly position: string;
  readonly type: EventType;
  readonly at: number;
  readonly messageId: MessageId | null;
  readonly generation: number | null;
  readonly to: Recipient | null;
  readonly callbackData: string | null;
  readonly externalId: ExternalId | null;
  readonly failure: { readonly code: string; readonly problem: ProviderProblem | null } | null;
  readonly providerAt: number | null;
  readonly pricing: Readonly<Record<string, unknown>> | null;
  readonly possibleDuplicate: boolean;
  readonly outOfOrder: boolean;
  readonly more: unknown;
  readonly message: InboundMessage | null;
  readonly data: unknown;
}

/** Of a channel, what an event tells. */
export interface ToldChannel {
  readonly id: ChannelId;
  readonly provider: ProviderId;
  readonly name: string | null;
  readonly labels: Readonly<Record<string, string>>;
}

/** The id of an event: where it stands. The same however often it is delivered. */
export function eventIdOf(channelId: ChannelId, position: string): string {
  return eventIdSchema.parse(`evt_${channelId}_${position}`);
}

/** Reads an event's id. Null if it is none of a channel's log. */
export function readEventId(id: string): { readonly channelId: string; readonly position: string } | null {
  const found = /^evt_(?<channelId>[A-Za-z0-9][A-Za-z0-9-]{0,63})_(?<position>\d{1,16}-\d{1,16})$/u.exec(id)?.groups;
  const { channelId, position } = found ?? {};
  return channelId === undefined || position === undefined ? null : { channelId, position };
}

/** An event in the one form in which all are told: to subscribers, in the stream, in the log. */
export function renderEvent(event: ToldEvent, channel: ToldChannel): EventEnvelope {
  return {
    id: eventIdOf(channel.id, event.position),
    version: 1,
    type: event.type,
    timestamp: iso(event.at),
    data: { ...dataOf(event, channel) },
  };
}

function dataOf(event: ToldEvent, channel: ToldChannel): MessageEventData | ReceivedEventData | KeptEventData {
  const where = {
    channel: { id: channel.id, provider: channel.provider, name: channel.name, labels: { ...channel.labels } },
    order: orderOf(event.position),
  };
  if (event.type === 'message.received') return { ...where, message: event.message };
  const status = statusSchema.safeParse(event.type.slice(event.type.indexOf('.') + 1)).data;
  if (event.messageId === null || status === undefined) return { ...where, detail: z.json().parse(event.data ?? null) };
  const { failure, providerAt } = event;
  return {
    ...where,
    message: {
      id: event.messageId,
      status,
      generation: event.generation ?? 1,
      to: event.to,
      callbackData: event.callbackData,
      providerId: event.externalId,
      providerAt: providerAt === null ? null : iso(providerAt),
      possibleDuplicate: event.possibleDuplicate,
      outOfOrder: event.outOfOrder,
      more: z.json().parse(event.more ?? null),
    },
    failure: failure && { code: failure.code, says: wordsOf(failure.code), problem: failure.problem },
    pricing: event.pricing && pricingOf(event.pricing),
  };
}

/** Fixed width, so that sorting as text is sorting by time, in any language. */
function orderOf(position: string): string {
  const [ms = '0', n = '0'] = position.split('-');
  return `${ms.padStart(13, '0')}-${n.padStart(6, '0')}`;
}

function wordsOf(code: string): string {
  const rules: Readonly<Record<string, { readonly says: string }>> = failureRules;
  return rules[code]?.says ?? 'It failed.';
}

const amount = z.union([z.number(), z.string()]);
const toldPrice = z.object({
  // Infobip: {price: {pricePerMessage, currency}}. Twilio: price, priceUnit. Meta and Kernel: category (read 2026-11).
  price: z
    .union([z.object({ pricePerMessage: amount.optional(), currency: z.string().optional() }), amount])
    .optional(),
  currency: z.string().optional(),
  priceUnit: z.string().optional(),
  category: z.string().optional(),
});

function pricingOf(told: Readonly<Record<string, unknown>>): NonNullable<MessageEventData['pricing']> {
  const { price, currency, priceUnit, category } = toldPrice.safeParse(told).data ?? {};
  const nested = typeof price === 'object' ? price : {};
  return {
    price: nested.pricePerMessage ?? (typeof price === 'object' ? null : (price ?? null)),
    currency: nested.currency ?? currency ?? priceUnit ?? null,
    category: category ?? null,
    told: { ...told },
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
