import { channelIdOf, inboundIdSchema, messageIdSchema } from '@posthorn/message';
import type { RawCall } from '@posthorn/queue';
import { z } from 'zod';
import { problems } from '../problem-responses.ts';
import { notFound } from '../problems.ts';
import type { RouteDeps, Routes } from '../route-deps.ts';
import { iso } from './render-subscription.ts';

const rawSchema = z.object({
  calls: z.array(
    z.object({
      receivedAt: z.iso.datetime(),
      contentType: z.string().nullable(),
      body: z.string().meta({ description: 'As it came; it may be about other messages of yours, too.' }),
    }),
  ),
});

/** The provider's own words about a message. */
export function rawRoutes(app: Routes, { events, channels, tenantOf, answerProblem }: RouteDeps): void {
  app.get(
    '/v1/messages/:id/raw',
    {
      config: { role: ['producer', 'subscriber-admin'] },
      schema: {
        operationId: 'getRawCalls',
        summary: 'The provider’s webhook calls about a message, sent or received, as they came',
        description:
          'Oldest first, at most the newest 20, kept as long as POSTHORN_RAW_KEPT_MS says (by default not at all: then the list is empty). Not kept: headers and queries, which may hold credentials, and calls that were about channels of several tenants or not understood in full. What was answered to our own calls is in the message’s timeline.',
        tags: ['messages'],
        params: z.object({ id: z.union([messageIdSchema, inboundIdSchema]) }),
        response: { 200: rawSchema, ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const channel = channels.get(channelIdOf(id));
      if (channel === null || channel.tenantId !== tenantOf(request)) return answerProblem(request, reply, notFound);
      return reply.send({ calls: (await events.rawCalls.list(channel.id, id)).map(render) });
    },
  );
}

function render({ receivedAt, contentType, body }: RawCall): z.infer<typeof rawSchema>['calls'][number] {
  return { receivedAt: iso(receivedAt), contentType, body: Buffer.from(body).toString() };
}
