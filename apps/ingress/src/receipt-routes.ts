import { channelIdOf, inboundIdSchema } from '@posthorn/message';
import { createProblem, type Problem } from '@posthorn/runtime';
import { z } from 'zod';
import { problems } from './problem-responses.ts';
import { notFound } from './problems.ts';
import type { RouteDeps, Routes } from './route-deps.ts';

const bodySchema = z
  .strictObject({
    typing: z.boolean().optional().meta({
      description: 'Show that an answer is being typed, too; it ends with the answer, or after about 25 seconds.',
    }),
  })
  .nullish();

const plannedSchema = z.object({ id: inboundIdSchema, status: z.literal('accepted') }).meta({
  description: 'A worker tells the provider; told again after a failure for up to 24 hours (typing: 25 seconds).',
});

/** Read receipts and typing. */
export function receiptRoutes(app: Routes, deps: RouteDeps): void {
  const { channels, connect, ledger, planReceipt, providerById, clock, log, tenantOf, answerProblem } = deps;

  app.post(
    '/v1/inbound/:id/read',
    {
      config: { role: 'producer', audit: { none: 'it changes nothing here' } },
      schema: {
        operationId: 'markRead',
        summary: 'Tell a person that their message was read',
        description:
          'Shows the blue ticks, on earlier messages too; with `typing` that an answer is being typed. The README says which providers can do it; others answer 422.',
        tags: ['messages'],
        params: z.object({ id: inboundIdSchema }),
        body: bodySchema,
        response: { 202: plannedSchema, ...problems(400, 401, 404, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const channel = channels.get(channelIdOf(id));
      const isOurs = channel !== null && channel.tenantId === tenantOf(request);
      const inbound = isOurs ? await ledger.getInbound(channel, id) : null;
      if (channel === null || inbound === null) return answerProblem(request, reply, notFound);
      const kind = request.body?.typing === true ? 'typing' : 'read';
      const receipts = connect(channel)?.receipts;
      if ((receipts?.[kind] ?? null) === null) {
        const title = providerById.get(channel.provider)?.title ?? channel.provider;
        return answerProblem(request, reply, notSupported(title, kind, (receipts?.typing ?? null) !== null));
      }
      await planReceipt(channel.provider, {
        v: 1,
        kind,
        channelId: channel.id,
        inboundId: id,
        askedAt: clock.now(),
      });
      log.info({ op: 'markRead', channelId: channel.id, inboundId: id, kind, code: 'accepted' }, 'receipt accepted');
      return reply.code(202).send({ id, status: 'accepted' });
    },
  );
}

function notSupported(title: string, kind: 'read' | 'typing', canType: boolean): Problem {
  return createProblem({
    code: 'not_supported',
    title: 'The provider cannot do that',
    status: 422,
    detail:
      kind === 'read' && canType
        ? `${title} has no call that only marks a message as read; {"typing": true} shows typing and marks it as read.`
        : `${title} has no call for ${kind === 'read' ? 'read receipts' : 'typing'}, as far as it documents.`,
  });
}
