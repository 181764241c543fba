import type { ChannelId, ProviderId, SubscriptionId } from '@posthorn/message';

/** Where a queue lies in Redis. */
export interface QueueRef {
  readonly name: string;
  /** BullMQ's prefix; it carries the hash tag, so that all keys of the queue lie in one slot. */
  readonly prefix: string;
  /** How every key of the queue begins: `<prefix>:<name>:`. */
  readonly keyPrefix: string;
}

function queueRef(name: string, tag: string): QueueRef {
  const prefix = `posthorn:{${tag}}`;
  return { name, prefix, keyPrefix: `${prefix}:${name}:` };
}

/** A channel's messages: a channel is a queue, so its pace, pause and backlog are the queue's. */
export function sendQueue(channel: { readonly id: ChannelId; readonly provider: ProviderId }): QueueRef {
  return queueRef(`send.${channel.provider}.${channel.id}`, channel.id);
}

/** A provider's webhook calls, waiting to be understood. */
export function webhookQueue(provider: ProviderId): QueueRef {
  return queueRef(`webhook.${provider}`, `webhook.${provider}`);
}

/** A provider's dead letters, parked under Failed with their reason. */
export function deadQueue(provider: ProviderId): QueueRef {
  return queueRef(`dead.${provider}`, `dead.${provider}`);
}

/** Renewals of access tokens, of all channels. */
export function tokenQueue(): QueueRef {
  return queueRef('token', 'token');
}

/** What a provider's worker does besides sending and understanding webhooks: onboarding, receipts. */
export function taskQueue(provider: ProviderId): QueueRef {
  return queueRef(`task.${provider}`, `task.${provider}`);
}

/** Files that people sent, on their way into the store or to a destination. */
export function mediaQueue(provider: ProviderId): QueueRef {
  return queueRef(`media.${provider}`, `media.${provider}`);
}

/** Events for one subscriber: a subscriber is a queue, so that a slow or dead one delays nobody. */
export function eventQueue(id: SubscriptionId): QueueRef {
  return queueRef(`event.${id}`, id);
}

/** Events that no attempt brought to their subscriber, of all subscribers. */
export function deadEventQueue(): QueueRef {
  return queueRef('dead.event', 'dead.event');
}
