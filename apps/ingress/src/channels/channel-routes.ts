import { bearerOf } from '@posthorn/access';
import type { Channel } from '@posthorn/channel';
import type { ChangeResult } from '@posthorn/channel-admin';
import { channelIdSchema, type ChannelId } from '@posthorn/message';
import { createProblem } from '@posthorn/runtime';
import { invalidRequest, toFaults } from '@posthorn/submission';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { problems } from '../problem-responses.ts';
import { notFound } from '../problems.ts';
import { renderChannel } from '../render.ts';
import type { RouteDeps, Routes } from '../route-deps.ts';
import {
  channelBodySchema,
  channelPatchSchema,
  channelSchema,
  connectBodySchema,
  historySchema,
  newChannelSchema,
  pausesSchema,
  registrationSchema,
  removalSchema,
  removeQuery,
  verdictSchema,
} from './channel-schemas.ts';

const params = z.object({ id: channelIdSchema });
const tags = ['channels'];
const publicUrlMissing = createProblem({
  code: 'public_url_missing',
  title: 'It is not known where the provider reaches posthorn',
  status: 422,
  detail: 'Send publicUrl, or start ingress with POSTHORN_PUBLIC_URL.',
});

/** Channels are added, changed, connected, verified, paused and removed. Secrets go in and never come out. */
export function channelRoutes(
  app: Routes,
  { channels, connect, channelAdmin, access, publicUrl, tenantOf, answerProblem }: RouteDeps,
): void {
  // Whose channel it is is found out first: to others' channels every body has the same answer.
  const unread = () => (value: unknown) => ({ value });

  async function ownChannel(request: FastifyRequest, id: ChannelId): Promise<Channel | null> {
    // Another process may have put it just now.
    if (channels.get(id) === null) await channels.refresh();
    const channel = channels.get(id);
    return channel !== null && channel.tenantId === tenantOf(request) ? channel : null;
  }

  async function byOf({ headers }: FastifyRequest): Promise<string> {
    const key = bearerOf(headers.authorization);
    const caller = key === null ? null : await access.authenticate(key);
    return `api:${caller?.keyId ?? 'unknown'}`;
  }

  function answerChange(request: FastifyRequest, reply: FastifyReply, result: ChangeResult, status = 200) {
    if (result.kind === 'invalid') return answerProblem(request, reply, invalidRequest(result.faults));
    return reply
      .code(status)
      .header('location', `/v1/channels/${result.channel.id}`)
      .send(renderChannel(result.channel, connect(result.channel)));
  }

  app.post(
    '/v1/channels',
    {
      config: { role: 'admin' },
      validatorCompiler: unread,
      schema: {
        operationId: 'addChannel',
        summary: 'Add a channel',
        description:
          'Workers and webhooks follow within a second. Call connect then, so that the provider knows the webhook.',
        tags,
        body: newChannelSchema,
        response: { 201: channelSchema, ...problems(400, 401, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const read = newChannelSchema.safeParse(request.body);
      if (!read.success) return answerProblem(request, reply, invalidRequest(toFaults(read.error.issues)));
      const tenantId = tenantOf(request);
      await channels.refresh();
      const known = channels.get(read.data.id);
      if (known?.tenantId === tenantId) return answerProblem(request, reply, exists);
      // One answer for ids of others and ids that were used before.
      if (known !== null) return answerProblem(request, reply, invalidRequest([idTaken]));
      return answerChange(request, reply, await channelAdmin.put({ ...read.data, tenantId }, await byOf(request)), 201);
    },
  );

  app.put(
    '/v1/channels/:id',
    {
      config: { role: 'admin' },
      validatorCompiler: unread,
      schema: {
        operationId: 'putChannel',
        summary: 'Replace what a channel is',
        description:
          'The provider of a channel stays. Credentials that are stored end a pause for refused ones. Secrets that posthorn makes for itself and that are left out stay as they are.',
        tags,
        params,
        body: channelBodySchema,
        response: { 200: channelSchema, ...problems(400, 401, 404, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const id = channelIdSchema.safeParse(request.params.id).data;
      const channel = id === undefined ? null : await ownChannel(request, id);
      if (channel === null) return answerProblem(request, reply, notFound);
      const read = channelBodySchema.safeParse(request.body);
      if (!read.success) return answerProblem(request, reply, invalidRequest(toFaults(read.error.issues)));
      const { tenantId } = channel;
      const result = await channelAdmin.put({ ...read.data, id: channel.id, tenantId }, await byOf(request));
      return answerChange(request, reply, result);
    },
  );

  app.patch(
    '/v1/channels/:id',
    {
      config: { role: 'admin' },
      validatorCompiler: unread,
      schema: {
        operationId: 'changeChannel',
        summary: 'Change part of a channel',
        description: 'A JSON merge patch (RFC 7396): new credentials, another pace, another name.',
        tags,
        params,
        body: channelPatchSchema,
        response: { 200: channelSchema, ...problems(400, 401, 404, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const id = channelIdSchema.safeParse(request.params.id).data;
      const channel = id === undefined ? null : await ownChannel(request, id);
      if (channel === null) return answerProblem(request, reply, notFound);
      const read = channelPatchSchema.safeParse(request.body);
      if (!read.success) return answerProblem(request, reply, invalidRequest(toFaults(read.error.issues)));
      return answerChange(request, reply, await channelAdmin.change(channel, read.data, await byOf(request)));
    },
  );

  app.delete(
    '/v1/channels/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'removeChannel',
        summary: 'Remove a channel',
        description:
          'It takes no more messages from now on, and goes away by itself: draining, then closed by all workers, then gone. Putting it again while it drains opens it again; the id of one that is gone is not used again.',
        tags,
        params,
        querystring: removeQuery,
        response: { 202: removalSchema, ...problems(401, 404, 422) },
      },
    },
    async (request, reply) => {
      const channel = await ownChannel(request, request.params.id);
      if (channel === null) return answerProblem(request, reply, notFound);
      await channelAdmin.remove(channel, request.query.unsent, await byOf(request));
      return reply.code(202).send({ id: channel.id, state: 'draining' });
    },
  );

  app.post(
    '/v1/channels/:id/verify',
    {
      config: { role: ['ops', 'admin'] },
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
      config: { role: 'admin' },
      validatorCompiler: unread,
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
      const { registration } = await channelAdmin.connect(channel, base, await byOf(request));
      const { kind: result, ...said } = registration;
      return reply.send(registrationSchema.parse({ id: channel.id, result, ...said }));
    },
  );

  for (const action of ['pause', 'resume'] as const) {
    app.post(
      `/v1/channels/:id/${action}`,
      {
        config: { role: ['ops', 'admin'] },
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
        const paused = await channelAdmin[action](channel, await byOf(request));
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
        description:
          'Newest first; of the newest 10,000 changes of the installation. Names of what changed, never a value.',
        tags,
        params,
        response: { 200: historySchema, ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const channel = await ownChannel(request, request.params.id);
      if (channel === null) return answerProblem(request, reply, notFound);
      const entries = await channelAdmin.audit.list({ channelId: channel.id, tenantId: channel.tenantId, limit: 100 });
      return reply.send({
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

const idTaken = { pointer: '/id', detail: 'expected an id that was not used before; choose another' };
const exists = createProblem({
  code: 'channel_exists',
  title: 'There is a channel of this id',
  status: 409,
  detail: 'Change it with PUT or PATCH /v1/channels/{id}, or choose another id.',
});
