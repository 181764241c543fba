import { auditIdSchema } from '@posthorn/channel-admin';
import { channelIdSchema } from '@posthorn/message';
import { createProblem } from '@posthorn/runtime';
import { invalidRequest, toFaults } from '@posthorn/submission';
import { z } from 'zod';
import { problems } from '../problem-responses.ts';
import { notFound } from '../problems.ts';
import type { RouteDeps, Routes } from '../route-deps.ts';
import {
  connectBodySchema,
  historySchema,
  pausesSchema,
  registrationSchema,
  verdictSchema,
} from './channel-schemas.ts';
import { createOwnChannel, unreadBody } from './own-channel.ts';

const params = z.object({ id: channelIdSchema });
const historyPage = 100;
const historyQuery = z.strictObject({
  cursor: auditIdSchema.optional().meta({ description: 'From `links.next`.' }),
});
const tags = ['channels'];
const publicUrlMissing = createProblem({
  code: 'public_url_missing',
  title: 'It is not known where the provider reaches posthorn',
  status: 422,
  detail: 'Send publicUrl, or start ingress with POSTHORN_PUBLIC_URL.',
});

/** Channels are verified, connected, paused and resumed; and who did what to them. */
export function channelActionRoutes(app: Routes, deps: RouteDeps): void {
  const { channelAdmin, publicUrl, byOf, answerProblem } = deps;
  const ownChannel = createOwnChannel(deps);

  app.post(
    '/v1/channels/:id/verify',
    {
      config: { role: ['ops', 'admin'], audit: { none: 'it changes nothing' } },
      schema: {
        operationId: 'verifyChannel',
        summary: 'Prove a channel’s credentials with a cheap call to its provider',
        tags,
        params,
        response: { 200: verdictSchema, ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const channel = await ownChannel(request, request.params.id);
      if (channel === null) return answerProblem(request, reply, notFound);
      const { kind: result, ...said } = await channelAdmin.verify(channel);
      // The description has one form for each result.
      return reply.send(verdictSchema.parse({ id: channel.id, result, ...said }));
    },
  );

  app.post(
    '/v1/channels/:id/connect',
    {
      config: { role: 'admin', audit: { toldBy: 'channel-admin' } },
      validatorCompiler: unreadBody,
      schema: {
        operationId: 'connectChannel',
        summary: 'Tell the provider where the channel’s webhooks go',
        description:
          'Registers `<publicUrl>/webhooks/<provider>/<id>`, and makes whatever else a new channel needs there. Can be repeated.',
        tags,
        params,
        body: connectBodySchema.nullish(),
        response: { 200: registrationSchema, ...problems(400, 401, 404, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const id = channelIdSchema.safeParse(request.params.id).data;
      const channel = id === undefined ? null : await ownChannel(request, id);
      if (channel === null) return answerProblem(request, reply, notFound);
      const read = connectBodySchema.safeParse(request.body ?? {});
      if (!read.success) return answerProblem(request, reply, invalidRequest(toFaults(read.error.issues)));
      const base = read.data.publicUrl ?? publicUrl;
      if (base === null) return answerProblem(request, reply, publicUrlMissing);
      const { registration } = await channelAdmin.connect(channel, base, byOf(request));
      const { kind: result, ...said } = registration;
      return reply.send(registrationSchema.parse({ id: channel.id, result, ...said }));
    },
  );

  for (const action of ['pause', 'resume'] as const) {
    app.post(
      `/v1/channels/:id/${action}`,
      {
        config: { role: ['ops', 'admin'], audit: { toldBy: 'channel-admin' } },
        schema: {
          operationId: `${action}Channel`,
          summary: action === 'pause' ? 'Stop sending; what is accepted waits' : 'End an operator’s pause',
          description: 'A channel runs while nobody pauses it: an operator’s pause and others stand beside each other.',
          tags,
          params,
          response: { 200: pausesSchema, ...problems(401, 404) },
        },
      },
      async (request, reply) => {
        const channel = await ownChannel(request, request.params.id);
        if (channel === null) return answerProblem(request, reply, notFound);
        const paused = await channelAdmin[action](channel, byOf(request));
        return reply.send({
          id: channel.id,
          paused: paused.map(({ reason, by, at }) => ({ reason, by, at: new Date(at).toISOString() })),
        });
      },
    );
  }

  app.get(
    '/v1/channels/:id/history',
    {
      config: { role: ['ops', 'admin'] },
      schema: {
        operationId: 'listChannelHistory',
        summary: 'Who changed a channel, when and what',
        description: 'Newest first; of the newest 10,000 changes of the tenant. Names of what changed, never a value.',
        tags,
        params,
        querystring: historyQuery,
        response: { 200: historySchema, ...problems(401, 404, 422) },
      },
    },
    async (request, reply) => {
      const channel = await ownChannel(request, request.params.id);
      if (channel === null) return answerProblem(request, reply, notFound);
      const { id: channelId, tenantId } = channel;
      const asked = { channelId, tenantId, before: request.query.cursor };
      // One more than is shown tells whether there is a next page.
      const found = await channelAdmin.audit.list({ ...asked, limit: historyPage + 1 });
      const entries = found.slice(0, historyPage);
      const last = found.length > historyPage ? entries.at(-1) : undefined;
      const next = last && `/v1/channels/${channelId}/history?cursor=${encodeURIComponent(last.id)}`;
      return reply.send({
        links: { next: next ?? null },
        entries: entries.map(({ atMs, by, action, changed, result }) => ({
          at: new Date(atMs).toISOString(),
          by,
          action,
          changed,
          result,
        })),
      });
    },
  );
}
