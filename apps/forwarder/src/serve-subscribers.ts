import type { SubscriptionId } from '@posthorn/message';
import { createShare, processesFor, type Share } from '@posthorn/placement';
import {
  consume,
  eventJobSchema,
  eventQueue,
  setPace,
  type ConsumeDeps,
  type ConsumeOptions,
  type DeadEvents,
  type EventJob,
  type JobEnd,
  type Queues,
} from '@posthorn/queue';
import type { Own } from '@posthorn/runtime';
import type { Subscription, SubscriptionRegistry } from '@posthorn/subscription';
import type { ForwarderMetrics } from './forwarder-metrics.ts';
import { createSubscriberConsumers } from './subscriber-consumers.ts';

export interface ServeSubscribersDeps {
  readonly consuming: ConsumeDeps & Pick<ConsumeOptions<EventJob>, 'lockMs' | 'stalledIntervalMs'>;
  readonly queues: Queues;
  readonly subscriptions: Pick<SubscriptionRegistry, 'onChange' | 'refresh'>;
  readonly deadEvents: Pick<DeadEvents, 'move'>;
  readonly processEvent: (job: EventJob, signal: AbortSignal) => Promise<JobEnd>;
  readonly told: Pick<ForwarderMetrics, 'served'>;
  /** By how many processes a subscription is served at least. */
  readonly processesLeast: number;
}

/** From the queues to the subscribers: a consumer for each subscription of this process' share, which follows what comes and goes. */
export async function serveSubscribers(own: Own, deps: ServeSubscribersDeps): Promise<Share<SubscriptionId>> {
  const { consuming, queues, subscriptions, deadEvents, processEvent, told, processesLeast } = deps;
  const { redis, clock, log } = consuming;
  const consumers = own(
    createSubscriberConsumers(
      {
        start: ({ id, concurrency }) =>
          consume(consuming, {
            ...consuming,
            queue: eventQueue(id),
            schema: eventJobSchema,
            concurrency,
            process: async (job, _name, signal) => await processEvent(job, signal),
            onDead: (jobId) => {
              deadEvents
                .move(id, jobId)
                .catch((error: unknown) => log.warn({ err: error, subscriptionId: id }, 'a dead event is moved later'));
            },
          }),
        change: async ({ id, pacePerSecond }) => await setPace(queues, eventQueue(id), pacePerSecond),
        // Ingress emptied the queue; its consumers may have written into it once more.
        removed: async (id) => await queues.open(eventQueue(id)).obliterate({ force: true }),
      },
      log,
    ),
    async (open) => await open.close(),
    'deliveries under way',
  );
  let known: readonly Subscription[] = [];
  const share = own(
    await createShare<SubscriptionId>({
      redis,
      group: 'forwarder',
      refresh: subscriptions.refresh,
      serve: (mine) => {
        consumers.follow(known, mine);
        told.served.set(mine.size);
      },
      clock,
      log,
    }),
    async (open) => await open.leave(),
    'share of the subscriptions',
  );
  const processesOf = ({ pacePerSecond, concurrency }: Subscription): number =>
    processesFor({ pacePerSecond, concurrency, least: processesLeast });
  own(
    subscriptions.onChange((there) => {
      known = there;
      share.offer(new Map(there.map((each) => [each.id, processesOf(each)])));
    }),
    (stop) => stop(),
    'followed subscriptions',
  );
  return share;
}
