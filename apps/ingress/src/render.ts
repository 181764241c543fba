import type { Channel } from '@posthorn/channel';
import { renderEvent } from '@posthorn/forwarding';
import type { EventView, MessageView, TimelineEntry, WaitsFor } from '@posthorn/ledger';
import type { MessageId } from '@posthorn/message';
import { failureRules } from '@posthorn/outcome';
import type { ConnectedChannel } from '@posthorn/provider';
import type { z } from 'zod';
import type { ChannelAnswer } from './channels/channel-schemas.ts';
import type { EventAnswer } from './event-log-schemas.ts';
import type { MessageAnswer, MessageSummary, timelineEntrySchema, WaitsForAnswer } from './message-schemas.ts';

/** Where a message is found. */
export function messageLinks(id: MessageId): MessageSummary['links'] {
  return { self: `/v1/messages/${id}`, cancel: `/v1/messages/${id}` };
}

/** A message as lists show it. */
export function renderSummary(message: MessageView, channel: Channel): MessageSummary {
  const { sealed, failure } = message;
  return {
    id: message.id,
    channelId: message.channelId,
    status: message.status,
    statusAt: iso(message.statusAt),
    generation: message.generation,
    priority: message.lane,
    attempts: message.attempts,
    acceptedAt: iso(message.acceptedAt),
    sendAt: message.sendAt === null ? null : iso(message.sendAt),
    expiresAt: iso(message.expiresAt),
    to: sealed?.to ?? null,
    content: sealed?.content ?? null,
    replyTo: sealed?.replyTo ?? null,
    callbackData: sealed?.callbackData ?? null,
    failure: failure && { ...failure, says: failureRules[failure.code].says },
    possibleDuplicate: message.possibleDuplicate,
    outOfOrder: message.outOfOrder,
    provider: { name: channel.provider, id: message.externalId },
    links: messageLinks(message.id),
  };
}

/** A message with its timeline. */
export function renderMessage(
  message: MessageView,
  timeline: readonly TimelineEntry[],
  waitsFor: WaitsFor | null,
  channel: Channel,
): MessageAnswer {
  const summary = renderSummary(message, channel);
  const told = timeline.findLast((entry) => entry.what === 'status');
  const answered = timeline.findLast((entry) => entry.what === 'attempt');
  return {
    ...summary,
    provider: {
      ...summary.provider,
      status: told?.status ?? null,
      answer: answered === undefined ? null : renderEntry(answered),
    },
    waitsFor: waitsFor && renderWait(waitsFor),
    timeline: timeline.map(renderEntry),
  };
}

function renderEntry({ at, providerAt, pricing, ...entry }: TimelineEntry): z.infer<typeof timelineEntrySchema> {
  return {
    at: iso(at),
    ...entry,
    ...(providerAt !== undefined && { providerAt: iso(providerAt) }),
    ...(pricing !== undefined && { pricing: { ...pricing } }),
  };
}

function renderWait(wait: WaitsFor): WaitsForAnswer {
  const { since: sinceMs, ...rest } = wait;
  const since = iso(sinceMs);
  switch (rest.kind) {
    case 'its_time':
    case 'channel_throttled':
    case 'pace':
    case 'token':
      return { kind: rest.kind, until: iso(rest.until), since };
    case 'retry':
      return { kind: rest.kind, until: iso(rest.until), code: rest.code, since };
    case 'evidence':
    case 'answer':
    case 'worker':
    case 'no_worker':
      return { kind: rest.kind, since };
    case 'predecessor':
      return { kind: rest.kind, messageId: rest.messageId, since };
    case 'channel_paused': {
      const pauses = rest.pauses.map((pause) => ({ ...pause, since: iso(pause.since) }));
      return { kind: rest.kind, reasons: [...rest.reasons], pauses, since };
    }
    default:
      return rest satisfies never;
  }
}

/** An event of a channel's log. */
export function renderLogged(event: EventView, channel: Channel): EventAnswer {
  return { ...renderEvent(event, channel), position: event.position };
}

/** A channel without its settings. */
export function renderChannel(
  { id, provider, name, labels }: Channel,
  connected: Pick<ConnectedChannel, 'apiVersion'> | null,
): ChannelAnswer {
  return {
    id,
    provider,
    name,
    labels: { ...labels },
    apiVersion: connected?.apiVersion ?? null,
    links: {
      self: `/v1/channels/${id}`,
      events: `/v1/channels/${id}/events`,
      messages: `/v1/messages?channelId=${id}`,
    },
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
