import { createSigningSecret } from '@posthorn/forwarding';
import { createSecureRandom } from '@posthorn/runtime';
import { monotonicFactory } from 'ulid';
import { z } from 'zod';
import { problems } from '../problem-responses.ts';
import { notFound } from '../problems.ts';
import type { RouteDeps, Routes } from '../route-deps.ts';
import { createOwnSubscription, subscriptionParams as params } from './own-subscription.ts';
import { renderSubscription } from './render-subscription.ts';
import { createFaultOf } from './subscription-faults.ts';
import { rotateSchema, subscriptionShownSchema, subscriptionWithSecretSchema } from './subscription-schemas.ts';

const config = { role: 'subscriber-admin' } as const;
const tags = ['subscriptions'];

/** What is done with a subscription: a new secret, a pause, its end, a test. */
export function subscriptionActionRoutes(app: Routes, deps: RouteDeps): void {
  const { events, clock, log, answerProblem } = deps;
  const { subscriptions, backlog, outbox } = events;
  const ownOf = createOwnSubscription(deps);
  const faultOf = createFaultOf(deps);
  const nextUlid = monotonicFactory(createSecureRandom());

  app.post(
    '/v1/subscriptions/:id/rotate-secret',
    {
      config: { ...config, audit: { action: 'subscription.rotate' } },
      schema: {
        operationId: 'rotateSecret',
        summary: 'A new secret; for a while the old one signs too',
        tags,
        params,
        body: rotateSchema.prefault({}),
        response: { 200: subscriptionWithSecretSchema, ...problems(400, 401, 404, 422) },
      },
    },
    async (request, reply) => {
      const found = await ownOf(request);
      if (found === null) return answerProblem(request, reply, notFound);
      const { secret: given, overlapSeconds } = request.body;
      const fault = faultOf(request, { secret: given });
      if (fault !== null) return answerProblem(request, reply, fault);
      const secret = given ?? createSigningSecret();
      const untilMs = clock.now() + overlapSeconds * 1_000;
      const changed = await subscriptions.change(found.id, (known) => ({
        ...known,
        // Two at most: the header stays short, and an older one has had its time.
        secrets: [{ secret, untilMs: null }, ...known.secrets.slice(0, 1).map((old) => ({ ...old, untilMs }))],
      }));
      if (changed === null) return answerProblem(request, reply, notFound);
      log.info({ op: 'rotateSecret', subscriptionId: found.id }, 'secret rotated');
      return reply.send({ ...renderSubscription(changed), secret });
    },
  );

  app.post(
    '/v1/subscriptions/:id/pause',
    {
      config: { ...config, audit: { action: 'subscription.pause' } },
      schema: {
        operationId: 'pauseSubscription',
        summary: 'Deliver nothing for now; events go on being collected',
        tags,
        params,
        response: { 200: subscriptionShownSchema, ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const found = await ownOf(request);
      const paused = { since: clock.now(), reason: 'paused by its owner' };
      const changed =
        found && (await subscriptions.change(found.id, (known) => ({ ...known, paused: known.paused ?? paused })));
      return changed === null ? answerProblem(request, reply, notFound) : reply.send(renderSubscription(changed));
    },
  );

  app.post(
    '/v1/subscriptions/:id/resume',
    {
      config: { ...config, audit: { action: 'subscription.resume' } },
      schema: {
        operationId: 'resumeSubscription',
        summary: 'Deliver again, whyever it stood still; what waits is tried at once',
        description: 'What happened while it was disabled was not collected: replay it.',
        tags,
        params,
        response: { 200: subscriptionShownSchema, ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const found = await ownOf(request);
      if (found === null) return answerProblem(request, reply, notFound);
      const now = await outbox.now();
      const changed = await subscriptions.change(found.id, (known) => ({
        ...known,
        paused: null,
        held: null,
        disabled: null,
        ...(known.disabled !== null && { watchesSince: now }),
      }));
      await events.hurry(found.id);
      return changed === null ? answerProblem(request, reply, notFound) : reply.send(renderSubscription(changed));
    },
  );

  app.post(
    '/v1/subscriptions/:id/test',
    {
      config: { ...config, audit: { action: 'subscription.test' } },
      schema: {
        operationId: 'testSubscription',
        summary: 'Post a test event; its deliveries tell what came of it',
        tags,
        params,
        response: {
          202: z.object({ eventId: z.string(), links: z.object({ deliveries: z.string() }) }),
          ...problems(401, 404),
        },
      },
    },
    async (request, reply) => {
      const found = await ownOf(request);
      if (found === null) return answerProblem(request, reply, notFound);
      const at = clock.now();
      const eventId = `evt_${found.id}_${nextUlid(at)}`;
      await backlog.add([
        {
          v: 1,
          kind: 'own',
          subscriptionId: found.id,
          type: 'subscription.test',
          at,
          failed: 0,
          eventId,
          data: { subscription: { id: found.id, name: found.name } },
        },
      ]);
      return reply.code(202).send({ eventId, links: { deliveries: `/v1/subscriptions/${found.id}/deliveries` } });
    },
  );
}
