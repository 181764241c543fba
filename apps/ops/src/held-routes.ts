import type { ChannelRegistry } from '@posthorn/channel';
import type { HeldAdmin } from '@posthorn/channel-admin';
import { channelIdOf, messageIdSchema } from '@posthorn/message';
import type { Log } from '@posthorn/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { heldPage } from './held-page.ts';
import { byOf, type Operator } from './logins.ts';

export interface HeldRoutesDeps {
  readonly registry: Pick<ChannelRegistry, 'get' | 'list'>;
  readonly held: HeldAdmin;
  readonly log: Log;
  readonly operatorOf: (request: FastifyRequest) => Operator | null;
}

/** More would be a slow page. */
const rowsMost = 200;

const paramsSchema = z.object({ id: messageIdSchema });
const bodySchema = z.object({ action: z.enum(['release', 'discard']), why: z.string().max(200).default('') });

/** The page of held messages, and what an operator decides about one. */
export function heldRoutes(scope: FastifyInstance, { registry, held, log, operatorOf }: HeldRoutesDeps): void {
  scope.get('/held', async (request, reply) => {
    const operator = operatorOf(request);
    if (operator === null) return reply.callNotFound();
    const { rows, total } = await held.list(registry.list(), rowsMost);
    return await reply.type('text/html; charset=utf-8').send(heldPage(rows, { total, operator }));
  });

  scope.post('/held/:id', async (request, reply) => {
    const [params, body] = [paramsSchema.safeParse(request.params), bodySchema.safeParse(request.body)];
    const channel = params.success ? registry.get(channelIdOf(params.data.id)) : null;
    if (!params.success || channel === null) return reply.callNotFound();
    const plain = reply.type('text/plain; charset=utf-8');
    if (!body.success)
      return await plain
        .code(422)
        .send('Expected an action, release or discard, and a reason of up to 200 characters.\n');
    const { action, why } = body.data;
    const by = byOf(operatorOf(request));
    const end = await held[action](channel, params.data.id, { by, why });
    log.info(
      { messageId: params.data.id, channelId: channel.id, action, by, result: end.result },
      'a held message was decided about',
    );
    if (end.result === 'released' || end.result === 'discarded') return await reply.redirect('/held', 303);
    return await plain.code(409).send(`${end.says}.\n`);
  });
}
