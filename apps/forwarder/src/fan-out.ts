import { randomUUID } from 'node:crypto';
import type { Channel, ChannelRegistry } from '@posthorn/channel';
import type { EventPointer, Outbox } from '@posthorn/ledger';
import type { ChannelId, SubscriptionId } from '@posthorn/message';
import type { EventBacklog, EventJob, Offer } from '@posthorn/queue';
import { warnOf, type Log } from '@posthorn/runtime';
import type { Subscription, SubscriptionRegistry } from '@posthorn/subscription';
import { wants, watches } from '@posthorn/subscription';

export interface FanOutDeps {
  readonly outbox: Outbox;
  readonly backlog: EventBacklog;
  readonly subscriptions: Pick<SubscriptionRegistry, 'list' | 'refresh'>;
  readonly channels: Pick<ChannelRegistry, 'get' | 'list' | 'refresh'>;
  readonly log: Log;
  /** The log of a channel was trimmed before it had been fanned out. */
  readonly onMissed: () => void;
  /** Something had no room in the budget of a subscriber. */
  readonly onBehind: (id: SubscriptionId) => void;
}

/** Brings events from the channels' logs to the subscribers' queues. */
export interface FanOut {
  /** Looks at one channel soon. */
  readonly call: (channelId: ChannelId) => void;
  /** Looks at every channel: whatever call was lost. Returns how long the oldest event had waited, in ms. */
  readonly sweep: () => Promise<number>;
  readonly close: () => Promise<void>;
}

const batchMost = 200;

/**
 * A channel is drained by one forwarder at a time: what comes after its cursor is offered to each subscriber that watches it, then
 * the cursor moves. Whoever dies in between leaves the cursor where it was, and the next one does it again: jobs have the event's
 * id, so that is done once. Subscriptions are looked at after the events were read, so one that was there before an event gets it.
 */
export function createFanOut(deps: FanOutDeps): FanOut {
  const { outbox, backlog, subscriptions, channels, log } = deps;
  const draining = new Map<ChannelId, { again: boolean; readonly done: Promise<number> }>();
  const unwatched = new Set<ChannelId>();
  let closed = false;

  const watchersOf = (channel: Channel): readonly Subscription[] =>
    subscriptions.list().filter((subscription) => watches(subscription, channel));

  async function drain(channel: Channel): Promise<number> {
    const token = randomUUID();
    let oldestMs = 0;
    let done: { readonly cursor: string; readonly next: string } | null = null;
    for (;;) {
      if (closed && done === null) return oldestMs;
      const taken = await outbox.take(channel, token, done, batchMost);
      // Not before the cursor has moved over what was handed over: the next forwarder would hand it over again.
      if (closed) return oldestMs;
      if (taken.kind === 'closed') {
        const since = watchersOf(channel).map(({ watchesSince }) => watchesSince);
        if (since.length === 0) return oldestMs;
        await outbox.open(channel, Math.min(...since));
        continue;
      }
      if (taken.kind !== 'taken' || taken.next === taken.cursor) return oldestMs;
      oldestMs = Math.max(oldestMs, taken.oldestMs);
      if (taken.missed) {
        deps.onMissed();
        log.error(
          { channelId: channel.id },
          'the event log of a channel was full before it had been fanned out: its oldest events were not told to subscribers. Run more forwarders, or find out why none worked',
        );
      }
      await subscriptions.refresh();
      await Promise.all(watchersOf(channel).map(async (each) => await offer(each, channel, taken)));
      done = taken;
    }
  }

  async function offer(
    subscription: Subscription,
    channel: Channel,
    { cursor, next, events }: { cursor: string; next: string; events: readonly EventPointer[] },
  ): Promise<void> {
    const jobs = toJobs(subscription, channel.id, events);
    if (jobs.length === 0) return;
    const { kind } = await backlog.offer(
      toOffer(subscription, channel.id, { from: cursor, to: next, jobs, by: 'fan-out' }),
    );
    if (kind === 'left') deps.onBehind(subscription.id);
  }

  async function drainOnce(channelId: ChannelId): Promise<number> {
    if (channels.get(channelId) === null) await channels.refresh();
    const channel = channels.get(channelId);
    if (channel === null) return 0;
    const watchers = watchersOf(channel);
    if (watchers.length > 0) {
      unwatched.delete(channelId);
    } else if (!unwatched.has(channelId)) {
      // Only after a fresh look: another forwarder may have opened it for a subscription that is not known here yet.
      await subscriptions.refresh();
      if (watchersOf(channel).length > 0) return await drainOnce(channelId);
      await outbox.close(channel);
      unwatched.add(channelId);
    }
    return watchers.length > 0 ? await drain(channel) : 0;
  }

  async function look(channelId: ChannelId): Promise<number> {
    const known = draining.get(channelId);
    if (known !== undefined) {
      known.again = true;
      return await known.done;
    }
    const done = (async () => {
      try {
        return await drainOnce(channelId);
      } catch (error) {
        warnOf(log, error, { channelId }, 'events could not be fanned out; that is repeated');
        return 0;
      }
    })();
    const entry = { again: false, done };
    draining.set(channelId, entry);
    const oldestMs = await done;
    draining.delete(channelId);
    return entry.again && !closed ? Math.max(oldestMs, await look(channelId)) : oldestMs;
  }

  return {
    call: (channelId) => {
      if (!closed) void look(channelId);
    },
    sweep: async () => {
      await subscriptions.refresh();
      await channels.refresh();
      let oldestMs = 0;
      for (const { id } of channels.list()) if (!closed) oldestMs = Math.max(oldestMs, await look(id));
      return oldestMs;
    },
    close: async () => {
      closed = true;
      await Promise.all([...draining.values()].map(async ({ done }) => await done));
    },
  };
}

/** Whether a subscription is told of an event of a channel it watches: of its types, and after it was made. */
export function concerns(
  subscription: Subscription,
  { type, position }: Pick<EventPointer, 'type' | 'position'>,
): boolean {
  return wants(subscription, type) && Number(position.split('-')[0]) >= subscription.createdAt;
}

/** What of a channel's events a subscription is told. */
export function toJobs(
  subscription: Subscription,
  channelId: ChannelId,
  events: readonly EventPointer[],
): readonly EventJob[] {
  return events
    .filter((event) => concerns(subscription, event))
    .map((event) => ({ v: 1, kind: 'log', subscriptionId: subscription.id, channelId, failed: 0, ...event }));
}

/** An offer within the subscription's budget. */
export function toOffer(
  { id, backlogMax }: Subscription,
  channelId: ChannelId,
  rest: Pick<Offer, 'from' | 'to' | 'jobs' | 'by'>,
): Offer {
  return { subscriptionId: id, channelId, most: backlogMax, ...rest };
}
