import { subscriptionIdSchema } from '@posthorn/message';
import type { Subscription } from '@posthorn/subscription';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { RouteDeps } from '../route-deps.ts';

/** Of every route about one subscription. */
export const subscriptionParams = z.object({ id: subscriptionIdSchema });

/** Gives the way to a tenant's own subscription; null alike for one that does not exist and for one of another tenant. */
export function createOwnSubscription({ events, tenantOf }: Pick<RouteDeps, 'events' | 'tenantOf'>) {
  const { subscriptions } = events;
  return async function ownSubscription(
    request: FastifyRequest<{ Params: z.infer<typeof subscriptionParams> }>,
  ): Promise<Subscription | null> {
    await subscriptions.refresh();
    const found = subscriptions.get(request.params.id);
    return found !== null && found.tenantId === tenantOf(request) ? found : null;
  };
}
