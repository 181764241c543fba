import type { Channel } from '@posthorn/channel';
import {
  channelIdOf,
  channelIdSchema,
  externalIdSchema,
  inboundIdSchema,
  inboundMessageSchema,
  messageIdSchema,
  recipientSchema,
  type ChannelId,
} from '@posthorn/message';
import { createProblem } from '@posthorn/runtime';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { channelListSchema, channelSchema } from './channels/channel-schemas.ts';
import { eventListSchema } from './event-log-schemas.ts';
import { cancelledSchema, messageListSchema, messageSchema } from './message-schemas.ts';
import { problems } from './problem-responses.ts';
import { notFound } from './problems.ts';
import { messageLinks, renderChannel, renderLogged, renderMessage, renderSummary } from './render.ts';
import type { RouteDeps, Routes } from './route-deps.ts';

const limit = z.coerce.number().int().min(1).max(1000).default(100).meta({ description: 'At most so many.' });
// A plus sign that was not escaped arrives as a space, and every number begins with one.
const recipient = z.preprocess(
  (value) => (typeof value === 'string' ? value.replace(/^ /u, '+') : value),
  recipientSchema.optional(),
);

const listQuery = z.strictObject({
  channelId: channelIdSchema,
  recipient: recipient.meta({ description: 'Only messages to this phone number (+ escaped as %2B) or user id.' }),
  providerId: externalIdSchema.optional().meta({ description: 'Only the message with this id at the provider.' }),
  cursor: messageIdSchema.optional().meta({ description: 'From `links.next`.' }),
  limit,
});
const eventsQuery = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,16}-\d{1,16}$/u, 'expected a position as it stands in an event, like 1764000000000-0')
    .optional()
    .meta({ description: 'The position of the last event seen. Without it, from the oldest that is kept.' }),
  limit,
});

/** Everything that is looked up, and cancelling. */
export function lookupRoutes(
  app: Routes,
  { channels, connect, ledger, log, tenantOf, answerProblem }: RouteDeps,
): void {
  /** Null alike for a channel that does not exist and for one of another tenant. */
  function channelFor(request: FastifyRequest, id: ChannelId): Channel | null {
    const channel = channels.get(id);
    return channel !== null && channel.tenantId === tenantOf(request) ? channel : null;
  }

  app.get(
    '/v1/messages/:id',
    {
      config: { role: 'producer' },
      schema: {
        operationId: 'getMessage',
        summary: 'What became of a message',
        tags: ['messages'],
        params: z.object({ id: messageIdSchema }),
        response: { 200: messageSchema, ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const channel = channelFor(request, channelIdOf(id));
      const found =
        channel === null ? null : await ledger.get(channel, id, connect(channel)?.pace.conversation ?? null);
      if (channel === null || found === null) return answerProblem(request, reply, notFound);
      return reply.send(renderMessage(found.message, found.timeline, found.waitsFor, channel));
    },
  );

  app.delete(
    '/v1/messages/:id',
    {
      config: { role: 'producer', audit: { none: 'a message tells its own timeline' } },
      schema: {
        operationId: 'cancelMessage',
        summary: 'Cancel a message, as long as it has not been handed to the provider',
        tags: ['messages'],
        params: z.object({ id: messageIdSchema }),
        response: { 200: cancelledSchema, ...problems(401, 404, 409) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const channel = channelFor(request, channelIdOf(id));
      const result = channel === null ? null : await ledger.cancel(channel, id);
      if (result === null || result.kind === 'unknown') return answerProblem(request, reply, notFound);
      // Cancelling twice is cancelling once.
      if (result.kind === 'too_late' && result.status !== 'cancelled') {
        return answerProblem(request, reply, tooLate(result.status));
      }
      log.info(
        { op: 'cancelMessage', messageId: id, code: 'cancelled', durationMs: Math.round(reply.elapsedTime) },
        'message cancelled',
      );
      return reply.send({ id, status: 'cancelled', links: messageLinks(id) });
    },
  );

  app.get(
    '/v1/messages',
    {
      config: { role: 'producer' },
      schema: {
        operationId: 'listMessages',
        summary: 'The messages of a channel, newest first',
        tags: ['messages'],
        querystring: listQuery,
        response: { 200: messageListSchema, ...problems(401, 404, 422) },
      },
    },
    async (request, reply) => {
      const { channelId, recipient: to, providerId, cursor, limit: wanted } = request.query;
      const channel = channelFor(request, channelId);
      if (channel === null) return answerProblem(request, reply, notFound);
      // One more than asked for tells whether there is a next page.
      const found = await ledger.list(channel, {
        recipient: to,
        externalId: providerId,
        before: cursor,
        limit: wanted + 1,
      });
      const shown = found.slice(0, wanted);
      const last = found.length > wanted ? shown.at(-1) : undefined;
      const next =
        last &&
        withQuery('/v1/messages', { channelId, recipient: to, providerId, cursor: last.id, limit: String(wanted) });
      return reply.send({
        messages: shown.map((message) => renderSummary(message, channel)),
        links: { next: next ?? null },
      });
    },
  );

  app.get(
    '/v1/channels',
    {
      config: { role: ['producer', 'subscriber-admin'] },
      schema: {
        operationId: 'listChannels',
        summary: 'Your channels',
        tags: ['channels'],
        response: { 200: channelListSchema, ...problems(401) },
      },
    },
    async (request, reply) => {
      const tenantId = tenantOf(request);
      return reply.send({
        channels: channels
          .list()
          .filter((channel) => channel.tenantId === tenantId)
          .map((channel) => renderChannel(channel, connect(channel))),
      });
    },
  );

  app.get(
    '/v1/channels/:id',
    {
      config: { role: ['producer', 'subscriber-admin'] },
      schema: {
        operationId: 'getChannel',
        summary: 'One channel',
        tags: ['channels'],
        params: z.object({ id: channelIdSchema }),
        response: { 200: channelSchema, ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const channel = channelFor(request, request.params.id);
      return channel === null
        ? answerProblem(request, reply, notFound)
        : reply.send(renderChannel(channel, connect(channel)));
    },
  );

  app.get(
    '/v1/channels/:id/events',
    {
      config: { role: ['producer', 'subscriber-admin'] },
      schema: {
        operationId: 'listEvents',
        summary: 'What happened on a channel, oldest first',
        description:
          'Received messages, statuses, news of the account, and what was not recognised. Follow `links.next` again and again to see everything once; the log keeps about the newest 100,000.',
        tags: ['channels'],
        params: z.object({ id: channelIdSchema }),
        querystring: eventsQuery,
        response: { 200: eventListSchema, ...problems(401, 404, 422) },
      },
    },
    async (request, reply) => {
      const { after, limit: wanted } = request.query;
      const channel = channelFor(request, request.params.id);
      if (channel === null) return answerProblem(request, reply, notFound);
      const events = await ledger.events(channel, { after, limit: wanted });
      const next = withQuery(`/v1/channels/${channel.id}/events`, {
        after: events.at(-1)?.position ?? after,
        limit: String(wanted),
      });
      return reply.send({ events: events.map((event) => renderLogged(event, channel)), links: { next } });
    },
  );

  app.get(
    '/v1/inbound/:id',
    {
      config: { role: 'producer' },
      schema: {
        operationId: 'getInbound',
        summary: 'A message that was received',
        tags: ['messages'],
        params: z.object({ id: inboundIdSchema }),
        response: { 200: inboundMessageSchema, ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const channel = channelFor(request, channelIdOf(id));
      const found = channel === null ? null : await ledger.getInbound(channel, id);
      return found === null ? answerProblem(request, reply, notFound) : reply.send(found);
    },
  );
}

function tooLate(status: string) {
  return createProblem({
    code: 'too_late',
    title: 'The message can no longer be cancelled',
    status: 409,
    detail: `It is ${status} already.`,
  });
}

function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.append(name, value);
  return `${path}?${search.toString()}`;
}
