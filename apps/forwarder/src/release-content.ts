import type { ContentRetention } from '@posthorn/access';
import type { ChannelRegistry } from '@posthorn/channel';
import type { Ledger } from '@posthorn/ledger';
import type { EventJob } from '@posthorn/queue';
import type { Log } from '@posthorn/runtime';
import { watches, type SubscriptionRegistry } from '@posthorn/subscription';
import { concerns } from './fan-out.ts';

export interface ReleaseContentDeps {
  readonly retention: ContentRetention;
  readonly channels: Pick<ChannelRegistry, 'get'>;
  readonly subscriptions: Pick<SubscriptionRegistry, 'list'>;
  readonly ledger: Pick<Ledger, 'told'>;
  readonly log: Log;
}

/**
 * Says that a subscriber needs the content of an event no more, where the tenant keeps content for less than events may take. It costs nothing
 * where nothing is set; what goes wrong only lets content stay for its 8 days.
 */
export function createReleaseContent({ retention, channels, subscriptions, ledger, log }: ReleaseContentDeps) {
  return async function releaseContent(job: EventJob): Promise<void> {
    const channel = job.kind === 'log' ? channels.get(job.channelId) : null;
    if (job.kind !== 'log' || channel === null) return;
    try {
      if ((await retention.of(channel.tenantId)) === null) return;
      const all = subscriptions.list().filter((each) => watches(each, channel) && concerns(each, job));
      await ledger.told(
        channel,
        job,
        job.subscriptionId,
        all.map(({ id }) => id),
      );
    } catch (error) {
      log.warn(
        { err: error, channelId: channel.id },
        'the content of an event is kept for longer than it would have to be',
      );
    }
  };
}
