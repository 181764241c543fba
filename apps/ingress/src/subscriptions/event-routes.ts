import type { Channel } from '@posthorn/channel';
import { readEventId } from '@posthorn/forwarding';
import { channelIdSchema, eventEnvelopeSchema, eventSchemaByType, eventTypeSchema } from '@posthorn/message';
import { createProblem } from '@posthorn/runtime';
import { z } from 'zod';
import { problems } from '../problem-responses.ts';
import { notFound } from '../problems.ts';
import type { RouteDeps, Routes } from '../route-deps.ts';
import { createEventStreams } from './event-stream.ts';

const roles = ['producer', 'subscriber-admin'] as const;
const list = z.string().max(10_000).optional();

/** Events as a stream, and the description of their form. */
export function eventRoutes(app: Routes, deps: RouteDeps): void {
  const { channels, ledger, events, log, tenantOf, answerProblem } = deps;
  const streams = createEventStreams({ ...events, ledger, log });
  app.addHook('preClose', async () => await streams.close());

  app.get(
    '/v1/events',
    {
      config: { role: roles },
      schema: {
        operationId: 'streamEvents',
        summary: 'What happens, as it happens (server-sent events)',
        description:
          'Each event’s `data` is what subscribers get. Begins now, or after `Last-Event-ID`, which browsers and libraries send by themselves; then events of the last seconds may come again, under the same id. A comment comes every 15 seconds.',
        tags: ['events'],
        headers: z.object({ 'last-event-id': z.string().optional() }),
        querystring: z.strictObject({
          types: list.meta({ description: 'Only these, with commas between.' }),
          channelId: channelIdSchema.optional().meta({ description: 'Only of this channel.' }),
        }),
        response: {
          200: {
            description: 'A stream that does not end by itself.',
            content: { 'text/event-stream': { schema: z.string() } },
          },
          ...problems(401, 404, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { types: wanted, channelId } = request.query;
      const types = z.array(eventTypeSchema).safeParse(wanted?.split(',') ?? []);
      if (!types.success) return answerProblem(request, reply, unknownType);
      const tenantId = tenantOf(request);
      const own = (): readonly Channel[] =>
        channels.list().filter((each) => each.tenantId === tenantId && (channelId ?? each.id) === each.id);
      if (channelId !== undefined && own().length === 0) return answerProblem(request, reply, notFound);
      const lastEventId = request.headers['last-event-id'] ?? null;
      if (lastEventId !== null && lastEventId !== '' && readEventId(lastEventId) === null) {
        return answerProblem(request, reply, unknownId);
      }
      const only: ReadonlySet<string> = new Set(types.data);
      const begin = (): void => {
        reply.hijack();
        reply.raw.writeHead(200, {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          // nginx would keep events back until its buffer is full.
          'x-accel-buffering': 'no',
        });
        reply.raw.flushHeaders();
      };
      const served = await streams.serve(reply.raw, {
        channels: own,
        wants: ({ type }) => only.size === 0 || only.has(type),
        lastEventId: lastEventId === '' ? null : lastEventId,
        begin,
      });
      return served ? reply : answerProblem(request, reply.header('retry-after', '30'), tooManyListen);
    },
  );

  app.get(
    '/v1/events/schema',
    {
      config: { role: roles },
      schema: {
        operationId: 'getEventSchema',
        summary: 'The form of events, as JSON Schema',
        description: 'By type; `event` is what all have in common.',
        tags: ['events'],
        response: { 200: z.record(z.string(), z.unknown()), ...problems(401) },
      },
    },
    async (_request, reply) => reply.send(describeEvents()),
  );
}

/** JSON Schema of every event, by type. */
function describeEvents(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries({ event: eventEnvelopeSchema, ...eventSchemaByType }).map(([type, schema]) => [
      type,
      schema === undefined ? {} : z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
    ]),
  );
}

const unknownType = createProblem({
  code: 'invalid_query',
  title: 'The query is not valid',
  status: 422,
  detail: `types: expected ${eventTypeSchema.options.join(', ')}, with commas between`,
});

const tooManyListen = createProblem({
  code: 'too_many_listeners',
  title: 'Too many listen here',
  status: 503,
  detail: 'This copy serves as many event streams as it can. Come back later, or subscribe: POST /v1/subscriptions.',
});

const unknownId = createProblem({
  code: 'invalid_query',
  title: 'The query is not valid',
  status: 422,
  detail:
    'Last-Event-ID: expected the id of an event of this stream, like evt_<channel>_1764000000000-0; or leave it out',
});
