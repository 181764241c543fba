import { eventIdOf } from '@posthorn/forwarding';
import type { EventPointer } from '@posthorn/ledger';
import { eventTypeSchema, type ChannelId } from '@posthorn/message';
import type { DeadEventFilter, DeadEventLetter, EventJob } from '@posthorn/queue';
import { createProblem, createSecureRandom } from '@posthorn/runtime';
import type { Subscription } from '@posthorn/subscription';
import { wants, watches } from '@posthorn/subscription';
import { monotonicFactory } from 'ulid';
import { z } from 'zod';
import { problems } from '../problem-responses.ts';
import { notFound } from '../problems.ts';
import type { RouteDeps, Routes } from '../route-deps.ts';
import { createOwnSubscription, subscriptionParams as params } from './own-subscription.ts';
import { iso } from './render-subscription.ts';
import {
  deadFilterSchema,
  deadLetterSchema,
  deliverySchema,
  replayedSchema,
  replaySchema,
} from './subscription-schemas.ts';

const config = { role: 'subscriber-admin' } as const;
const tags = ['subscriptions'];
const limit = z.coerce.number().int().min(1).max(1_000).default(100);
const moment = z.iso.datetime({ offset: true });
const page = 1_000;

/** What came of deliveries, and doing them again. */
export function deliveryRoutes(app: Routes, deps: RouteDeps): void {
  const { events, channels, clock, log, noteForAudit, answerProblem } = deps;
  const { backlog, deadEvents, deliveries, outbox } = events;
  const ownOf = createOwnSubscription(deps);
  const nextUlid = monotonicFactory(createSecureRandom());

  app.get(
    '/v1/subscriptions/:id/deliveries',
    {
      config,
      schema: {
        operationId: 'listDeliveries',
        summary: 'The newest deliveries, with what was answered',
        description: 'Of all attempts, the newest 200.',
        tags,
        params,
        querystring: z.strictObject({ limit }),
        response: { 200: z.object({ deliveries: z.array(deliverySchema) }), ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const found = await ownOf(request);
      if (found === null) return answerProblem(request, reply, notFound);
      const list = await deliveries.list(found.id, request.query.limit);
      return reply.send({
        deliveries: list.map(({ at, nextAt, ...rest }) => ({
          ...rest,
          at: iso(at),
          nextAt: nextAt === null ? null : iso(nextAt),
        })),
      });
    },
  );

  app.get(
    '/v1/subscriptions/:id/dead-letters',
    {
      config,
      schema: {
        operationId: 'listDeadEvents',
        summary: 'Events that no attempt brought there, newest first',
        description: 'Kept for 30 days.',
        tags,
        params,
        querystring: z.strictObject({
          type: eventTypeSchema.optional(),
          since: moment.optional(),
          until: moment.optional(),
          limit,
        }),
        response: { 200: z.object({ deadLetters: z.array(deadLetterSchema) }), ...problems(401, 404, 422) },
      },
    },
    async (request, reply) => {
      const found = await ownOf(request);
      if (found === null) return answerProblem(request, reply, notFound);
      const { type, limit: most, ...times } = request.query;
      const letters = await deadEvents.find(toFilter(found, { ...times, types: type && [type] }), most);
      return reply.send({ deadLetters: letters.map(renderLetter) });
    },
  );

  app.post(
    '/v1/subscriptions/:id/dead-letters/replay',
    {
      config: { ...config, audit: { action: 'subscription.replay_dead' } },
      schema: {
        operationId: 'replayDeadEvents',
        summary: 'Deliver dead letters again, under their old ids',
        tags,
        params,
        body: deadFilterSchema.prefault({}),
        response: { 200: replayedSchema, ...problems(400, 401, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      const found = await ownOf(request);
      if (found === null) return answerProblem(request, reply, notFound);
      const { limit: most, dryRun, ...filter } = request.body;
      const letters = await deadEvents.find(toFilter(found, filter), most + 1);
      const chosen = letters.slice(0, most);
      noteForAudit(request, dryRun ? null : { changed: [found.id], result: `${chosen.length} events` });
      if (!dryRun) {
        if (!(await hasRoom(found, chosen.length))) return answerProblem(request, reply, backlogFull);
        await again(chosen.map(({ event }) => event));
        await deadEvents.remove(chosen.map(({ id }) => id));
      }
      return reply.send({
        matched: chosen.length,
        replayed: dryRun ? 0 : chosen.length,
        more: letters.length > most,
        next: null,
        missing: [],
      });
    },
  );

  app.post(
    '/v1/subscriptions/:id/replay',
    {
      config: { ...config, audit: { action: 'subscription.replay' } },
      schema: {
        operationId: 'replayEvents',
        summary: 'Deliver everything since a time again, under the old ids',
        description:
          'Also what was delivered, or happened before the subscription was made, as far as the channels’ logs reach back (the newest 100,000 each).',
        tags,
        params,
        body: replaySchema,
        response: { 200: replayedSchema, ...problems(400, 401, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      const found = await ownOf(request);
      if (found === null) return answerProblem(request, reply, notFound);
      const { since, until, types, channels: wanted, limit: most, dryRun } = request.body;
      const fromMs = Date.parse(since);
      const toMs = until === undefined ? Infinity : Date.parse(until);
      const matched: EventJob[] = [];
      const missing: string[] = [];
      for (const channel of channels.list()) {
        if (!watches({ ...found, disabled: null }, channel) || wanted?.includes(channel.id) === false) continue;
        const read = await readLog(channel, fromMs, toMs, most + 1, ({ type }) =>
          types === undefined ? wants(found, type) : types.includes(type),
        );
        if (read.missed) missing.push(channel.id);
        matched.push(...read.events.map((event) => toJob(found, channel.id, event)));
      }
      const inOrder = matched.toSorted((one, other) => one.at - other.at);
      const chosen = inOrder.slice(0, most);
      noteForAudit(request, dryRun ? null : { changed: [found.id], result: `${chosen.length} events` });
      if (!dryRun) {
        if (!(await hasRoom(found, chosen.length))) return answerProblem(request, reply, backlogFull);
        await again(chosen);
        log.info(
          { op: 'replayEvents', subscriptionId: found.id, replayed: chosen.length },
          'events are delivered again',
        );
      }
      const next = inOrder[most];
      return reply.send({
        matched: chosen.length,
        replayed: dryRun ? 0 : chosen.length,
        more: next !== undefined,
        next: next === undefined ? null : iso(next.at),
        missing,
      });
    },
  );

  async function readLog(
    channel: Parameters<typeof outbox.read>[0],
    fromMs: number,
    toMs: number,
    most: number,
    fits: (event: EventPointer) => boolean,
  ): Promise<{ readonly events: readonly EventPointer[]; readonly missed: boolean }> {
    const found: EventPointer[] = [];
    let after = `${Math.max(0, fromMs - 1)}-999999`;
    let isMissed = false;
    while (found.length < most) {
      const { events: read, next, end, missed } = await outbox.read(channel, after, page);
      isMissed ||= missed;
      found.push(...read.filter((event) => event.at <= toMs && fits(event)));
      if (end || (read.at(-1)?.at ?? 0) > toMs) break;
      after = next;
    }
    return { events: found.slice(0, most), missed: isMissed };
  }

  /** Jobs of their own, since those of the first time may still be there; the ids of their events are the same. */
  async function again(jobs: readonly EventJob[]): Promise<void> {
    const suffix = `_r${nextUlid(clock.now())}`;
    for (let at = 0; at < jobs.length; at += page) {
      await backlog.add(
        jobs.slice(at, at + page).map(({ firstAt: _firstAt, ...job }) => ({ ...job, failed: 0 })),
        suffix,
      );
    }
  }

  async function hasRoom({ id, backlogMax }: Subscription, count: number): Promise<boolean> {
    return count === 0 || (await backlog.waiting(id)) + count <= backlogMax;
  }
}

const backlogFull = createProblem({
  code: 'backlog_full',
  title: 'There is no room for so many events',
  status: 409,
  detail: 'Wait until fewer wait for this subscription, replay fewer at a time (limit), or raise its backlogMax.',
});

function toJob({ id }: Subscription, channelId: ChannelId, event: EventPointer): EventJob {
  return { v: 1, kind: 'log', subscriptionId: id, channelId, failed: 0, ...event };
}

function toFilter(
  { id }: Subscription,
  {
    since,
    until,
    ...rest
  }: Omit<DeadEventFilter, 'subscriptionId' | 'since' | 'until'> & {
    readonly since?: string | undefined;
    readonly until?: string | undefined;
  },
): DeadEventFilter {
  return {
    ...rest,
    subscriptionId: id,
    since: since === undefined ? undefined : Date.parse(since),
    until: until === undefined ? undefined : Date.parse(until),
  };
}

function renderLetter({ id, event, code, diedAt }: DeadEventLetter): z.infer<typeof deadLetterSchema> {
  const eventId = event.kind === 'own' ? event.eventId : eventIdOf(event.channelId, event.position);
  return { id, eventId, type: event.type, at: iso(event.at), code, diedAt: iso(diedAt) };
}
