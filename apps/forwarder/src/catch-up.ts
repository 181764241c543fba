import type { ChannelRegistry } from '@posthorn/channel';
import type { Outbox } from '@posthorn/ledger';
import { channelIdSchema } from '@posthorn/message';
import type { EventBacklog } from '@posthorn/queue';
import type { Log } from '@posthorn/runtime';
import type { Subscription, SubscriptionRegistry } from '@posthorn/subscription';
import { isStanding } from '@posthorn/subscription';
import { toJobs, toOffer } from './fan-out.ts';

export interface CatchUpDeps {
  readonly outbox: Outbox;
  readonly backlog: EventBacklog;
  readonly subscriptions: Pick<SubscriptionRegistry, 'list'>;
  readonly channels: Pick<ChannelRegistry, 'get'>;
  readonly log: Log;
  readonly onMissed: () => void;
}

const batchMost = 200;
const readsMost = 50;

/**
 * Gives subscribers what had no room in their budget, from the place in each log where that began, once half of the budget is free
 * again. When the end of what has been fanned out is reached, the fan-out goes on by itself; both are told apart by one script.
 */
export function createCatchUp(deps: CatchUpDeps): () => Promise<void> {
  const { outbox, backlog, subscriptions, channels, log } = deps;

  return async () => {
    const live = subscriptions.list().filter((each) => !isStanding(each));
    const looks = live.map(async (each) => ({ each, isBehind: (await backlog.behind(each.id)).size > 0 }));
    for (const { each: subscription, isBehind } of await Promise.all(looks)) {
      if (!isBehind || !(await backlog.mayCatchUp(subscription.id))) continue;
      try {
        for (const [id, from] of await backlog.behind(subscription.id)) await catchUp(subscription, id, from);
      } finally {
        await backlog.ended(subscription.id);
      }
    }
  };

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
