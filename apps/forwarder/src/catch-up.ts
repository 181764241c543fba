import type { ChannelRegistry } from '@posthorn/channel';
import type { Outbox } from '@posthorn/ledger';
import { channelIdSchema, type SubscriptionId } from '@posthorn/message';
import type { EventBacklog } from '@posthorn/queue';
import type { Log } from '@posthorn/runtime';
import type { Subscription, SubscriptionRegistry } from '@posthorn/subscription';
import { isStanding } from '@posthorn/subscription';
import { toJobs, toOffer } from './fan-out.ts';

export interface CatchUpDeps {
  readonly outbox: Outbox;
  readonly backlog: EventBacklog;
  readonly subscriptions: Pick<SubscriptionRegistry, 'get' | 'list'>;
  readonly channels: Pick<ChannelRegistry, 'get'>;
  readonly log: Log;
  readonly onMissed: () => void;
}

const batchMost = 200;
const readsMost = 50;

/** Who is behind is known from the fan-out here, and from a look at all, since another forwarder may have left them. */
export interface CatchUp {
  readonly isBehind: (id: SubscriptionId) => void;
  /** Looks at every subscription. */
  readonly look: () => Promise<void>;
  /** A turn for each of those that are behind. */
  readonly turn: () => Promise<void>;
}

/**
 * Gives subscribers what had no room in their budget, from the place in each log where that began, once half of the budget is free
 * again. When the end of what has been fanned out is reached, the fan-out goes on by itself; both are told apart by one script.
 */
export function createCatchUp(deps: CatchUpDeps): CatchUp {
  const { outbox, backlog, subscriptions, channels, log } = deps;
  const known = new Set<SubscriptionId>();

  return {
    isBehind: (id) => void known.add(id),
    look: async () => {
      const looks = subscriptions
        .list()
        .map(async ({ id }) => ((await backlog.behind(id)).size > 0 ? known.add(id) : undefined));
      await Promise.all(looks);
    },
    turn: async () => {
      for (const id of known) await turnOf(id);
    },
  };

  async function turnOf(id: SubscriptionId): Promise<void> {
    const subscription = subscriptions.get(id);
    const behind = await backlog.behind(id);
    if (subscription === null || behind.size === 0) known.delete(id);
    else if (!isStanding(subscription) && (await backlog.mayCatchUp(id))) {
      try {
        for (const [channelId, from] of behind) await catchUp(subscription, channelId, from);
      } finally {
        await backlog.ended(id);
      }
    }
  }

  async function catchUp(subscription: Subscription, id: string, start: string): Promise<void> {
    const channel = channels.get(channelIdSchema.parse(id));
    if (channel === null) {
      await backlog.caughtUp(subscription.id, id, '9999999999999-0');
      return;
    }
    let from = start;
    // A turn is short: one subscriber that is far behind does not keep the others waiting.
    for (let reads = 0; reads < readsMost; reads += 1) {
      if ((await backlog.waiting(subscription.id)) > subscription.backlogMax / 2) return;
      // Never more at once than there is room for, or a small budget would never be caught up.
      const limit = Math.max(1, Math.min(batchMost, Math.floor(subscription.backlogMax / 2)));
      const { events, next, end, missed } = await outbox.read(channel, from, limit);
      if (missed) {
        deps.onMissed();
        log.error(
          { subscriptionId: subscription.id, channelId: channel.id },
          'a subscriber was behind for so long that the log of a channel no longer holds all events for it',
        );
      }
      const jobs = toJobs(subscription, channel.id, events);
      const offer = toOffer(subscription, channel.id, { from, to: next, jobs, by: 'catch-up' });
      if ((await backlog.offer(offer)).kind === 'left') return;
      from = next;
      if (end && (await backlog.caughtUp(subscription.id, channel.id, next))) return;
    }
  }
}
