import type { Queues } from '@posthorn/queue';
import { eventQueue, measureDepth } from '@posthorn/queue';
import type { Clock } from '@posthorn/runtime';
import type { DeliveryLog, Subscription, SubscriptionRegistry } from '@posthorn/subscription';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Operator } from './logins.ts';
import { subscriptionsPage, type SubscriptionLine } from './subscriptions-page.ts';

export interface SubscriptionRoutesDeps {
  readonly queues: Queues;
  readonly subscriptions: Pick<SubscriptionRegistry, 'list'>;
  readonly deliveries: Pick<DeliveryLog, 'failingSince' | 'lastGoodAt'>;
  readonly clock: Clock;
  readonly operatorOf: (request: FastifyRequest) => Operator | null;
}

/** More would be a slow page; those that fail longest come first. */
const linesMost = 200;
/** Subscribers asked about at once, so that a thousand do not fill the connection. */
const askedAtOnce = 100;

/** The page of subscribers: what waits for each, and who fails. Their owners act, by the API. */
export function subscriptionRoutes(scope: FastifyInstance, deps: SubscriptionRoutesDeps): void {
  scope.get('/subscriptions', async (request, reply) => {
    const subscriptions = deps.subscriptions.list();
    const lines: SubscriptionLine[] = [];
    for (let from = 0; from < subscriptions.length; from += askedAtOnce) {
      const some = subscriptions.slice(from, from + askedAtOnce);
      lines.push(...(await Promise.all(some.map(async (each) => await toLine(deps, each)))));
    }
    const shown = lines.toSorted(compareLines).slice(0, linesMost);
    return await reply
      .type('text/html; charset=utf-8')
      .send(subscriptionsPage(shown, { total: lines.length, operator: deps.operatorOf(request) }));
  });
}

async function toLine(
  { queues, deliveries, clock }: SubscriptionRoutesDeps,
  { id, tenantId, name, paused, held, disabled }: Subscription,
): Promise<SubscriptionLine> {
  const ref = eventQueue(id);
  const [{ jobs, oldestMs }, failingSince, lastGoodAt] = await Promise.all([
    measureDepth(queues, ref, clock.now()),
    deliveries.failingSince(id),
    deliveries.lastGoodAt(id),
  ]);
  return {
    id,
    tenantId,
    name,
    queue: ref.name,
    state: disabled ? 'disabled' : held ? 'held' : paused ? 'paused' : 'active',
    standing: disabled ?? held ?? paused,
    waiting: jobs.waiting + jobs.active,
    retrying: jobs.delayed,
    oldestMs,
    failingSince,
    lastGoodAt: lastGoodAt === 0 ? null : lastGoodAt,
  };
}

function compareLines(one: SubscriptionLine, other: SubscriptionLine): number {
  return (
    (one.failingSince ?? Infinity) - (other.failingSince ?? Infinity) ||
    other.waiting - one.waiting ||
    one.id.localeCompare(other.id)
  );
}
