import { optOutWordsOf } from '@posthorn/intake';
import { optOutWordsSchema, type OptOutWords } from '@posthorn/message';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { problems } from './problem-responses.ts';
import type { RouteDeps, Routes } from './route-deps.ts';

const path = '/v1/opt-out-words';
const tags = ['recipients'];

const bodySchema = optOutWordsSchema.meta({
  id: 'OptOutWordSettings',
  examples: [{ languages: ['es', 'pt'], stop: ['no más', 'stop'] }],
});
const shownSchema = z
  .object({
    set: optOutWordsSchema.nullable().meta({ description: 'What is set for you; null: nothing.' }),
    stop: z.array(z.string()).meta({ description: 'What counts for a channel that has no words of its own.' }),
    start: z.array(z.string()),
  })
  .meta({ id: 'OptOutWords', description: 'By which words recipients opt out of marketing, and in again.' });

/** Which words of recipients count as opting out of marketing, for all channels of a tenant. */
export function optOutWordRoutes(app: Routes, { tenantWords, tenantOf }: RouteDeps): void {
  app.get(
    path,
    {
      config: { role: 'producer' },
      schema: {
        operationId: 'getOptOutWords',
        summary: 'The words by which recipients opt out of marketing',
        tags,
        response: { 200: shownSchema, ...problems(401) },
      },
    },
    async (request, reply) => reply.send(render(await tenantWords.of(tenantOf(request)))),
  );

  app.put(
    path,
    {
      config: { role: 'ops', audit: { action: 'opt_out_words.set' } },
      schema: {
        operationId: 'setOptOutWords',
        summary: 'Set the words by which recipients opt out of marketing',
        description:
          'For all of your channels that have no `optOutWords` of their own, within 5 s. What is left out is as by default.',
        tags,
        body: bodySchema,
        response: { 200: shownSchema, ...problems(400, 401, 422) },
      },
    },
    async (request, reply) => await change(request, reply, request.body),
  );

  app.delete(
    path,
    {
      config: { role: 'ops', audit: { action: 'opt_out_words.reset' } },
      schema: {
        operationId: 'resetOptOutWords',
        summary: 'Go back to the default words',
        tags,
        response: { 200: shownSchema, ...problems(401) },
      },
    },
    async (request, reply) => await change(request, reply, null),
  );

  async function change(
    request: FastifyRequest,
    reply: FastifyReply,
    words: OptOutWords | null,
  ): Promise<FastifyReply> {
    await tenantWords.set(tenantOf(request), words);
    return reply.send(render(words));
  }
}

function render(words: OptOutWords | null): z.infer<typeof shownSchema> {
  return { set: words, stop: [...optOutWordsOf('stop', [words])], start: [...optOutWordsOf('start', [words])] };
}
