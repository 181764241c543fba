import type { Channel } from '@posthorn/channel';
import type { RecipientView } from '@posthorn/ledger';
import { channelIdSchema, recipientSchema, type ChannelId, type Recipient } from '@posthorn/message';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { problems } from './problem-responses.ts';
import { notFound } from './problems.ts';
import type { RouteDeps, Routes } from './route-deps.ts';

const params = z.object({ id: channelIdSchema, address: recipientSchema });
const tags = ['recipients'];

const viewSchema = z
  .object({
    channelId: channelIdSchema,
    recipient: recipientSchema,
    window: z.object({ open: z.boolean(), until: z.iso.datetime().nullable() }).meta({
      description: 'The service window: open for 24 hours after they last wrote. Else only templates are allowed.',
    }),
    optedOut: z
      .object({
        since: z.iso.datetime(),
        source: z.enum(['word', 'provider', 'preference', 'api']).meta({
          description:
            'A word they wrote, a refusal of the provider, a preference set in WhatsApp, or a call of this API.',
        }),
      })
      .nullable()
      .meta({ description: 'They want no marketing; null: nothing of that is known.' }),
  })
  .meta({ id: 'Recipient', description: 'What is known of a recipient of a channel.' });

/** Whether someone may be written to: the service window, and opt-outs of marketing. */
export function recipientRoutes(app: Routes, { channels, ledger, log, tenantOf, answerProblem }: RouteDeps): void {
  function channelFor(request: FastifyRequest, id: ChannelId): Channel | null {
    const channel = channels.get(id);
    return channel !== null && channel.tenantId === tenantOf(request) ? channel : null;
  }

  app.get(
    '/v1/channels/:id/recipients/:address',
    {
      config: { role: 'producer' },
      schema: {
        operationId: 'getRecipient',
        summary: 'Whether someone may be written to',
        description: 'The same for someone who never wrote: the window is closed, nothing is known.',
        tags,
        params,
        response: { 200: viewSchema, ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const { id, address } = request.params;
      const channel = channelFor(request, id);
      if (channel === null) return answerProblem(request, reply, notFound);
      return reply.send(render(id, address, await ledger.recipient(channel, address)));
    },
  );

  app.put(
    '/v1/channels/:id/recipients/:address/opt-out',
    {
      config: { role: 'ops', audit: { none: 'told as an event, and kept with the recipient' } },
      schema: {
        operationId: 'optOut',
        summary: 'Note that someone wants no marketing',
        description:
          'Templates sent with `category: marketing` to them are refused from now on (`recipient_opted_out`), whatever else is not. Told as `recipient.opted_out`. Repeating it changes nothing.',
        tags,
        params,
        response: { 200: viewSchema, ...problems(401, 404) },
      },
    },
    async (request, reply) => await change(request, reply, request.params, 'out'),
  );

  app.delete(
    '/v1/channels/:id/recipients/:address/opt-out',
    {
      config: { role: 'ops', audit: { none: 'told as an event, and kept with the recipient' } },
      schema: {
        operationId: 'optIn',
        summary: 'Note that someone wants marketing again',
        description: 'Told as `recipient.opted_in`. Providers keep lists of their own, which this does not change.',
        tags,
        params,
        response: { 200: viewSchema, ...problems(401, 404) },
      },
    },
    async (request, reply) => await change(request, reply, request.params, 'in'),
  );

  async function change(
    request: FastifyRequest,
    reply: FastifyReply,
    { id, address }: { readonly id: ChannelId; readonly address: Recipient },
    what: 'out' | 'in',
  ) {
    const channel = channelFor(request, id);
    if (channel === null) return answerProblem(request, reply, notFound);
    const view = await ledger.opt(channel, { recipient: address, what, source: 'api', atMs: null });
    log.info({ op: what === 'out' ? 'optOut' : 'optIn', channelId: id }, `a recipient opted ${what}, by the API`);
    return reply.send(render(id, address, view));
  }
}

function render(
  channelId: ChannelId,
  recipient: Recipient,
  { windowUntil, optedOut }: RecipientView,
): z.infer<typeof viewSchema> {
  return {
    channelId,
    recipient,
    window: { open: windowUntil !== null, until: windowUntil === null ? null : iso(windowUntil) },
    optedOut: optedOut && { since: iso(optedOut.since), source: optedOut.source },
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
