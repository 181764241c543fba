import { places, readAddress, waits, type ErasureView } from '@posthorn/erasure';
import { invalidRequest } from '@posthorn/submission';
import { z } from 'zod';
import { linkSchema } from './link-schema.ts';
import { problems } from './problem-responses.ts';
import { notFound } from './problems.ts';
import type { RouteDeps, Routes } from './route-deps.ts';

const tags = ['recipients'];

const addressSchema = z
  .string()
  .meta({ description: 'A phone number in any form, or a user id.', examples: ['+15550001111'] });
// Whatever came may be a number all the same, so it is not repeated.
const noAddress = invalidRequest([
  {
    pointer: '/address',
    detail:
      'expected a phone number with its country code, like +15550001111, or a user id like US.13491208655302741918',
  },
]);
const idSchema = z
  .string()
  .regex(/^era_[0-9A-HJKMNP-TV-Z]{26}$/u, 'expected the id of an erasure: era_<26 characters>');

const viewSchema = z
  .object({
    id: idSchema,
    state: z.enum(['running', 'finished']),
    dryRun: z.boolean(),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    counts: z.record(z.enum(places), z.number()).meta({
      description:
        'What was erased so far, by place; of a dry run what would be. `sharedFiles` stay: others got them too.',
    }),
    waitsFor: z.record(z.enum(waits), z.number()).meta({
      description:
        'Messages on their way to the provider, calls and files being worked on, spools of copies of ingress.',
    }),
    links: z.object({ self: linkSchema }),
  })
  .meta({ id: 'Erasure', description: 'A person being erased, or erased. It says nothing of who it was.' });

/** Erasing a person, and how far that is. */
export function erasureRoutes(app: Routes, { erasures, log, tenantOf, byOf, answerProblem }: RouteDeps): void {
  app.delete(
    '/v1/recipients/:address',
    {
      config: { role: 'admin', audit: { toldBy: 'libs/erasure, when it begins and when it ends' } },
      schema: {
        operationId: 'eraseRecipient',
        summary: 'Erase a person',
        description:
          'Whatever is kept of them in your channels: messages, what they wrote, files, webhook calls, delivery logs. What waits is cancelled first; what is on its way is erased once it is out. Answered at once; `links.self` tells how far it is. Asked again meanwhile, it is the same erasure. That they want no marketing stays, as a keyed hash. See docs/operations/privacy.md.',
        tags,
        params: z.object({ address: addressSchema }),
        querystring: z.strictObject({
          dryRun: z.enum(['true', 'false']).default('false').meta({ description: 'Only count what would be erased.' }),
        }),
        response: { 202: viewSchema, ...problems(400, 401, 404, 422) },
      },
    },
    async (request, reply) => {
      const address = readAddress(request.params.address);
      if (address === null) return answerProblem(request, reply, noAddress);
      const dryRun = request.query.dryRun === 'true';
      const view = render(await erasures.begin({ tenantId: tenantOf(request), address, dryRun, by: byOf(request) }));
      log.info({ op: 'eraseRecipient', erasureId: view.id, dryRun, code: 'accepted' }, 'an erasure begins');
      return reply.code(202).header('location', view.links.self).send(view);
    },
  );

  app.get(
    '/v1/erasures/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'getErasure',
        summary: 'How far an erasure is',
        description: 'Kept for 31 days.',
        tags,
        params: z.object({ id: idSchema }),
        response: { 200: viewSchema, ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const found = await erasures.get(tenantOf(request), request.params.id);
      return found === null ? answerProblem(request, reply, notFound) : reply.send(render(found));
    },
  );

  app.get(
    '/v1/erasures',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'listErasures',
        summary: 'Erasures, newest first, at most 200',
        tags,
        response: { 200: z.object({ erasures: z.array(viewSchema) }), ...problems(401) },
      },
    },
    async (request, reply) => reply.send({ erasures: (await erasures.list(tenantOf(request))).map(render) }),
  );
}

function render({ id, dryRun, startedAt, endedAt, counts, waitsFor }: ErasureView): z.infer<typeof viewSchema> {
  return {
    id,
    state: endedAt === null ? 'running' : 'finished',
    dryRun,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
    counts: { ...counts },
    waitsFor: { ...waitsFor },
    links: { self: `/v1/erasures/${id}` },
  };
}
