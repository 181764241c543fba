import type { ChangeResult } from '@posthorn/channel-admin';
import { channelIdSchema } from '@posthorn/message';
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
  newChannelSchema,
  removalSchema,
  removeQuery,
} from './channel-schemas.ts';
import { createOwnChannel, unreadBody } from './own-channel.ts';

const params = z.object({ id: channelIdSchema });
const tags = ['channels'];
/** Channels are added, changed and removed. Secrets go in and never come out. */
export function channelRoutes(app: Routes, deps: RouteDeps): void {
  const { channels, connect, channelAdmin, tenantOf, byOf, answerProblem } = deps;
  const ownChannel = createOwnChannel(deps);
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
      config: { role: 'admin', audit: { toldBy: 'channel-admin' } },
      validatorCompiler: unreadBody,
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
      return answerChange(request, reply, await channelAdmin.put({ ...read.data, tenantId }, byOf(request)), 201);
    },
  );

  app.put(
    '/v1/channels/:id',
    {
      config: { role: 'admin', audit: { toldBy: 'channel-admin' } },
      validatorCompiler: unreadBody,
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
      const result = await channelAdmin.put({ ...read.data, id: channel.id, tenantId }, byOf(request));
      return answerChange(request, reply, result);
    },
  );

  app.patch(
    '/v1/channels/:id',
    {
      config: { role: 'admin', audit: { toldBy: 'channel-admin' } },
      validatorCompiler: unreadBody,
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
      return answerChange(request, reply, await channelAdmin.change(channel, read.data, byOf(request)));
    },
  );

  app.delete(
    '/v1/channels/:id',
    {
      config: { role: 'admin', audit: { toldBy: 'channel-admin' } },
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
      await channelAdmin.remove(channel, request.query.unsent, byOf(request));
      return reply.code(202).send({ id: channel.id, state: 'draining' });
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
