import { createSigningSecret } from '@posthorn/forwarding';
import { subscriptionIdSchema } from '@posthorn/message';
import { createProblem, createSecureRandom } from '@posthorn/runtime';
import { newSubscription } from '@posthorn/subscription';
import { monotonicFactory } from 'ulid';
import { z } from 'zod';
import { problems } from '../problem-responses.ts';
import { notFound } from '../problems.ts';
import type { RouteDeps, Routes } from '../route-deps.ts';
import { createOwnSubscription, subscriptionParams as params } from './own-subscription.ts';
import { iso, renderSubscription } from './render-subscription.ts';
import { createFaultOf } from './subscription-faults.ts';
import {
  createSubscriptionSchema,
  patchSubscriptionSchema,
  subscriptionDetailSchema,
  subscriptionShownSchema,
  subscriptionWithSecretSchema,
} from './subscription-schemas.ts';

const config = { role: 'subscriber-admin' } as const;
const tags = ['subscriptions'];
const subscriptionsMost = 1_000;
/** Among so many of the newest deliveries the last failure is looked for. */
const failuresLookedFor = 50;

/** Who is told what: subscriptions are made, shown, changed and deleted. */
export function subscriptionRoutes(app: Routes, deps: RouteDeps): void {
  const { events, log, tenantOf, noteForAudit, answerProblem } = deps;
  const { subscriptions, backlog, deliveries, outbox } = events;
  const ownOf = createOwnSubscription(deps);
  const faultOf = createFaultOf(deps);
  const nextUlid = monotonicFactory(createSecureRandom());

  app.post(
    '/v1/subscriptions',
    {
      config: { ...config, audit: { action: 'subscription.add' } },
      schema: {
        operationId: 'createSubscription',
        summary: 'Be told of events',
        description: 'It is told what happens from now on. The answer shows the secret this once.',
        tags,
        body: createSubscriptionSchema,
        response: { 201: subscriptionWithSecretSchema, ...problems(400, 401, 409, 422) },
      },
    },
    async (request, reply) => {
      const { secret: given, ...input } = request.body;
      const fault = faultOf(request, request.body);
      if (fault !== null) return answerProblem(request, reply, fault);
      const tenantId = tenantOf(request);
      await subscriptions.refresh();
      if (subscriptions.list().filter((each) => each.tenantId === tenantId).length >= subscriptionsMost) {
        return answerProblem(request, reply, tooMany);
      }
      const secret = given ?? createSigningSecret();
      const now = await outbox.now();
      const id = subscriptionIdSchema.parse(`sub_${nextUlid(now)}`);
      const added = await subscriptions.add(
        newSubscription({ ...input, id, tenantId, secrets: [{ secret, untilMs: null }] }, now),
      );
      noteForAudit(request, { changed: [added.id, ...Object.keys(request.body)] });
      log.info({ op: 'createSubscription', subscriptionId: added.id }, 'subscription made');
      const shown = renderSubscription(added);
      return reply
        .code(201)
        .header('location', shown.links.self)
        .send({ ...shown, secret });
    },
  );

  app.get(
    '/v1/subscriptions',
    {
      config,
      schema: {
        operationId: 'listSubscriptions',
        summary: 'Your subscriptions',
        tags,
        response: { 200: z.object({ subscriptions: z.array(subscriptionShownSchema) }), ...problems(401) },
      },
    },
    async (request, reply) => {
      await subscriptions.refresh();
      const own = subscriptions.list().filter(({ tenantId }) => tenantId === tenantOf(request));
      return reply.send({ subscriptions: own.map(renderSubscription) });
    },
  );

  app.get(
    '/v1/subscriptions/:id',
    {
      config,
      schema: {
        operationId: 'getSubscription',
        summary: 'One subscription, and how it is doing',
        tags,
        params,
        response: { 200: subscriptionDetailSchema, ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const found = await ownOf(request);
      if (found === null) return answerProblem(request, reply, notFound);
      const [waiting, depth, behind, goodAt, failingSince, newest] = await Promise.all([
        backlog.waiting(found.id),
        events.depthOf(found.id),
        backlog.behind(found.id),
        deliveries.lastGoodAt(found.id),
        deliveries.failingSince(found.id),
        deliveries.list(found.id, failuresLookedFor),
      ]);
      const failure = newest.find(({ outcome }) => outcome !== 'delivered');
      return reply.send({
        ...renderSubscription(found),
        waiting,
        retrying: depth.jobs.delayed,
        oldestAgeSeconds: depth.oldestMs / 1_000,
        behindOn: [...behind.keys()],
        lastDeliveredAt: goodAt === 0 ? null : iso(goodAt),
        failingSince: failingSince === null ? null : iso(failingSince),
        lastFailure:
          failure === undefined ? null : { at: iso(failure.at), status: failure.status, reason: failure.reason },
      });
    },
  );

  app.patch(
    '/v1/subscriptions/:id',
    {
      config: { ...config, audit: { action: 'subscription.change' } },
      schema: {
        operationId: 'changeSubscription',
        summary: 'Change a subscription',
        description: 'What is given is changed. What already waits goes to the new address.',
        tags,
        params,
        body: patchSubscriptionSchema,
        response: { 200: subscriptionShownSchema, ...problems(400, 401, 404, 422) },
      },
    },
    async (request, reply) => {
      const found = await ownOf(request);
      if (found === null) return answerProblem(request, reply, notFound);
      const given = request.body;
      const fault = faultOf(request, given);
      if (fault !== null) return answerProblem(request, reply, fault);
      const watchesSince = given.channels === undefined ? undefined : await outbox.now();
      const changed = await subscriptions.change(found.id, (known) => ({
        ...known,
        ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
        ...(watchesSince !== undefined && { watchesSince }),
      }));
      if (changed === null) return answerProblem(request, reply, notFound);
      noteForAudit(request, { changed: [found.id, ...Object.keys(given)] });
      return reply.send(renderSubscription(changed));
    },
  );

  app.delete(
    '/v1/subscriptions/:id',
    {
      config: { ...config, audit: { action: 'subscription.remove' } },
      schema: {
        operationId: 'deleteSubscription',
        summary: 'Be told no more; what waits for it is dropped',
        tags,
        params,
        response: { 204: z.null().meta({ description: 'It is gone.' }), ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const found = await ownOf(request);
      if (found === null) return answerProblem(request, reply, notFound);
      const forget = async () =>
        await Promise.all([backlog.forget(found.id), deliveries.forget(found.id), events.removeQueue(found.id)]);
      // Before it is gone, so that whoever was answered 503 can repeat it; and after it, for what came meanwhile.
      await forget();
      if (!(await subscriptions.remove(found.id))) return answerProblem(request, reply, notFound);
      await forget().catch((error: unknown) =>
        log.warn({ err: error, subscriptionId: found.id }, 'what came while a subscription was removed is left behind'),
      );
      log.info({ op: 'deleteSubscription', subscriptionId: found.id }, 'subscription removed');
      return reply.code(204).send(null);
    },
  );
}

const tooMany = createProblem({
  code: 'too_many_subscriptions',
  title: 'There are too many subscriptions',
  status: 409,
  detail: `A tenant may have ${subscriptionsMost}. Delete one, or let one take more events.`,
});
