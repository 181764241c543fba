import { createSigningSecret, isSigningSecret } from '@posthorn/forwarding';
import { subscriptionIdSchema } from '@posthorn/message';
import { createProblem, createSecureRandom, type Problem } from '@posthorn/runtime';
import type { Subscription } from '@posthorn/subscription';
import type { FastifyRequest } from 'fastify';
import { monotonicFactory } from 'ulid';
import { z } from 'zod';
import { problems } from '../problem-responses.ts';
import { notFound } from '../problems.ts';
import type { RouteDeps, Routes } from '../route-deps.ts';
import { iso, renderSubscription } from './render-subscription.ts';
import {
  createSubscriptionSchema,
  patchSubscriptionSchema,
  rotateSchema,
  subscriptionDetailSchema,
  subscriptionShownSchema,
  subscriptionWithSecretSchema,
} from './subscription-schemas.ts';

const params = z.object({ id: subscriptionIdSchema });
const config = { role: 'subscriber-admin' } as const;
const tags = ['subscriptions'];
const subscriptionsMost = 1_000;

/** Who is told what: making, changing, pausing subscriptions. */
export function subscriptionRoutes(app: Routes, deps: RouteDeps): void {
  const { events, channels, clock, log, tenantOf, answerProblem } = deps;
  const { subscriptions, backlog, deliveries, outbox } = events;
  const nextUlid = monotonicFactory(createSecureRandom());

  /** Null alike for one that does not exist and for one of another tenant. */
  async function ownOf(request: FastifyRequest<{ Params: z.infer<typeof params> }>): Promise<Subscription | null> {
    await subscriptions.refresh();
    const found = subscriptions.get(request.params.id);
    return found !== null && found.tenantId === tenantOf(request) ? found : null;
  }

  function faultOf(
    request: FastifyRequest,
    {
      url,
      channels: wanted,
      secret,
    }: {
      readonly url?: string | undefined;
      readonly channels?: Subscription['channels'] | undefined;
      readonly secret?: string | undefined;
    },
  ): Problem | null {
    const refusal = url === undefined ? null : events.refusalOf(url);
    if (refusal !== null) return invalid('/url', refusal);
    if (secret !== undefined && !isSigningSecret(secret)) {
      return invalid(
        '/secret',
        'expected whsec_ and base64 of 24 to 64 random bytes; or leave it out, and one is made',
      );
    }
    const foreign = wanted?.findIndex((id) => channels.get(id)?.tenantId !== tenantOf(request)) ?? -1;
    return foreign < 0 ? null : invalid(`/channels/${foreign}`, 'there is no such channel of yours');
  }

  app.post(
    '/v1/subscriptions',
    {
      config,
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
      const added = await subscriptions.add({
        ...input,
        id: subscriptionIdSchema.parse(`sub_${nextUlid(now)}`),
        tenantId,
        secrets: [{ secret, untilMs: null }],
        paused: null,
        held: null,
        disabled: null,
        createdAt: now,
        watchesSince: now,
      });
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
      const [waiting, behind, goodAt] = await Promise.all([
        backlog.waiting(found.id),
        backlog.behind(found.id),
        deliveries.lastGoodAt(found.id),
      ]);
      return reply.send({
        ...renderSubscription(found),
        waiting,
        behindOn: [...behind.keys()],
        lastDeliveredAt: goodAt === 0 ? null : iso(goodAt),
      });
    },
  );

  app.patch(
    '/v1/subscriptions/:id',
    {
      config,
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
      return changed === null ? answerProblem(request, reply, notFound) : reply.send(renderSubscription(changed));
    },
  );

  app.delete(
    '/v1/subscriptions/:id',
    {
      config,
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
      if (found === null || !(await subscriptions.remove(found.id))) return answerProblem(request, reply, notFound);
      await Promise.all([backlog.forget(found.id), deliveries.forget(found.id), events.removeQueue(found.id)]);
      log.info({ op: 'deleteSubscription', subscriptionId: found.id }, 'subscription removed');
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/v1/subscriptions/:id/rotate-secret',
    {
      config,
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
      config,
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
      config,
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
      config,
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

const tooMany = createProblem({
  code: 'too_many_subscriptions',
  title: 'There are too many subscriptions',
  status: 409,
  detail: `A tenant may have ${subscriptionsMost}. Delete one, or let one take more events.`,
});

function invalid(pointer: string, detail: string): Problem {
  return createProblem({
    code: 'invalid_request',
    title: 'The request is not valid',
    status: 422,
    detail: 'One fault was found; see errors.',
    errors: [{ detail, pointer }],
  });
}
