import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream';
import type { Channel } from '@posthorn/channel';
import { refusalWords } from '@posthorn/guarded-http';
import { bareType } from '@posthorn/media';
import {
  channelIdOf,
  channelIdSchema,
  inboundIdSchema,
  mediaIdSchema,
  type ChannelId,
  type InboundId,
  type InboundMedia,
} from '@posthorn/message';
import { createProblem, type Problem } from '@posthorn/runtime';
import { invalidRequest } from '@posthorn/submission';
import type { FetchedFile } from '@posthorn/retrieval';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { problems } from '../problem-responses.ts';
import { notFound } from '../problems.ts';
import type { RouteDeps, Routes } from '../route-deps.ts';
import { contentHeaders, sendFile } from './send-file.ts';
import { withholdEnd } from './withhold-end.ts';

const providerMediaId = z.string().min(1).max(512);
const bytes = z.string().meta({ description: 'The file, with its Content-Type.' });

const deliveryBody = z
  .strictObject({
    inboundId: inboundIdSchema.optional().meta({ description: 'The received message whose file it is.' }),
    channelId: channelIdSchema.optional().meta({ description: 'With providerMediaId: the channel it came through.' }),
    providerMediaId: providerMediaId.optional().meta({ description: 'Instead of inboundId: the provider’s id.' }),
    destination: z.strictObject({
      url: z
        .url({ protocol: /^https?$/u })
        .max(2048)
        .meta({ description: 'Gets the file by POST, with its MIME type.' }),
      headers: z
        .record(
          z.string().regex(/^(?!content-|host$|transfer-|connection$)[A-Za-z0-9-]{1,64}$/iu),
          z.string().max(4096),
        )
        .default({})
        .meta({ description: 'Sent with it: an Authorization of yours.' }),
    }),
    callbackData: z.string().max(1000).optional(),
  })
  .refine(
    (body) =>
      (body.inboundId === undefined) === (body.providerMediaId !== undefined) &&
      (body.channelId === undefined) === (body.providerMediaId === undefined),
    { error: 'expected inboundId, or channelId and providerMediaId' },
  );

/** Files that people sent: read on demand, or posted to a destination. */
export function inboundFileRoutes(app: Routes, deps: RouteDeps): void {
  const { channels, ledger, files, inboundFiles, connect, tenantOf, answerProblem, log } = deps;
  const { media } = files;

  function channelFor(request: FastifyRequest, id: ChannelId): Channel | null {
    const channel = channels.get(id);
    return channel !== null && channel.tenantId === tenantOf(request) ? channel : null;
  }

  async function mediaOf(request: FastifyRequest, id: InboundId) {
    const channel = channelFor(request, channelIdOf(id));
    const message = channel === null ? null : await ledger.getInbound(channel, id);
    return channel === null || message?.content.media === undefined ? null : { channel, media: message.content.media };
  }

  /** A file from our store where it was brought there, else from the provider. */
  async function sendInbound(request: FastifyRequest, reply: FastifyReply, id: InboundId) {
    const found = await mediaOf(request, id);
    if (found === null) return answerProblem(request, reply, notFound);
    const stored = await media.records.ofInbound(id);
    const medium = stored === null ? null : await media.get(tenantOf(request), stored);
    if (medium !== null && (await sendFile(request, reply, { media, answerProblem }, medium)).kind === 'sent')
      return reply;
    return await sendFetched(request, reply, found.channel, found.media);
  }

  async function sendFetched(request: FastifyRequest, reply: FastifyReply, channel: Channel, asked: InboundMedia) {
    const file = await fetchFor(request, channel, asked);
    return file.kind === 'file' ? stream(reply, file, asked) : answerProblem(request, reply, problemOf(file));
  }

  async function fetchFor(request: FastifyRequest, channel: Channel, asked: InboundMedia): Promise<FetchedFile> {
    const ended = new AbortController();
    request.raw.socket.once('close', () => ended.abort());
    const file = await inboundFiles.fetch(channel, asked, ended.signal);
    log.info(
      { op: 'fetchFile', channelId: channel.id, provider: channel.provider, result: file.kind },
      'file asked for at the provider',
    );
    return file;
  }

  app.get(
    '/v1/inbound/:id/media',
    {
      config: { role: 'producer' },
      schema: {
        operationId: 'getInboundMedia',
        summary: 'The file of a received message',
        description:
          'Streamed from the provider with the channel’s credentials, or from the store where it was brought there.',
        tags: ['media'],
        params: z.object({ id: inboundIdSchema }),
        response: { 200: bytes, ...problems(401, 404, 410, 502) },
      },
    },
    async (request, reply) => await sendInbound(request, reply, request.params.id),
  );

  app.get(
    '/v1/channels/:id/media/:mediaId',
    {
      config: { role: 'producer' },
      schema: {
        operationId: 'getProviderMedia',
        summary: 'A file by the provider’s id',
        tags: ['media'],
        params: z.object({ id: channelIdSchema, mediaId: providerMediaId }),
        response: { 200: bytes, ...problems(401, 404, 410, 502) },
      },
    },
    async (request, reply) => {
      const channel = channelFor(request, request.params.id);
      if (channel === null) return answerProblem(request, reply, notFound);
      return await sendFetched(request, reply, channel, { id: request.params.mediaId });
    },
  );

  app.post(
    '/v1/media-deliveries',
    {
      config: { role: 'producer', audit: { none: 'the log has each' } },
      schema: {
        operationId: 'deliverMedia',
        summary: 'Have the file of a received message posted to an address',
        description: 'Tried for hours with growing pauses. The end is told as media.delivered or media.failed.',
        tags: ['media'],
        body: deliveryBody,
        response: { 202: z.object({ id: z.string() }), ...problems(400, 401, 404, 415, 422) },
      },
    },
    async (request, reply) => {
      const { inboundId, channelId, providerMediaId: mediaId, destination, callbackData } = request.body;
      const checked = inboundFiles.checkUrl(destination.url);
      if (checked.kind === 'refused') {
        return answerProblem(
          request,
          reply,
          invalidRequest([{ pointer: '/destination/url', detail: refusalWords[checked.reason] }]),
        );
      }
      const channel = channelId === undefined ? null : channelFor(request, channelId);
      const found =
        inboundId !== undefined
          ? await mediaOf(request, inboundId)
          : channel === null || mediaId === undefined
            ? null
            : { channel, media: { id: mediaId } };
      if (found === null) return answerProblem(request, reply, notFound);
      const id = `fd_${randomUUID()}`;
      await inboundFiles.errands.add(found.channel.provider, {
        id,
        channelId: found.channel.id,
        inboundId: inboundId ?? null,
        media: found.media,
        target: { kind: 'destination', url: destination.url, headers: destination.headers },
        callbackData: callbackData ?? null,
      });
      log.info(
        { op: 'deliverMedia', channelId: found.channel.id, deliveryId: id, code: 'accepted' },
        'file to be delivered',
      );
      return reply.code(202).send({ id });
    },
  );

  // The old connector's call: by its provider's id, which named no channel.
  app.get(
    '/client/getMedia',
    {
      config: { role: 'producer' },
      schema: {
        hide: true,
        querystring: z.object({ id: providerMediaId, channelId: channelIdSchema.optional() }),
      },
    },
    async (request, reply) => {
      const { id, channelId } = request.query;
      const inboundId = inboundIdSchema.safeParse(id);
      if (inboundId.success) return await sendInbound(request, reply, inboundId.data);
      const mediaId = mediaIdSchema.safeParse(id);
      const medium = mediaId.success ? await media.get(tenantOf(request), mediaId.data) : null;
      if (medium !== null && (await sendFile(request, reply, { media, answerProblem }, medium)).kind === 'sent')
        return reply;
      let last: Exclude<FetchedFile, { kind: 'file' }> = { kind: 'gone' };
      for (const channel of channels.list()) {
        if (channel.tenantId !== tenantOf(request) || (channelId ?? channel.id) !== channel.id) continue;
        if ((connect(channel)?.media?.lookUp ?? null) === null) continue;
        const file = await fetchFor(request, channel, { id });
        if (file.kind === 'file') return stream(reply, file, { id });
        if (file.kind !== 'gone') last = file;
      }
      return answerProblem(request, reply, problemOf(last));
    },
  );
}

function stream(
  reply: FastifyReply,
  file: Extract<FetchedFile, { kind: 'file' }>,
  { filename }: InboundMedia,
): FastifyReply {
  const { contentType, bytes: length, sha256, body } = file;
  reply.headers(contentHeaders(bareType(contentType), filename ?? null));
  if (length !== null) reply.header('content-length', length);
  if (sha256 === null) return reply.send(body);
  // What fails here ends the connection: the reader sees that the file is not whole.
  return reply.send(pipeline(body, withholdEnd(sha256), () => {}));
}

function problemOf(file: Exclude<FetchedFile, { kind: 'file' }>): Problem {
  switch (file.kind) {
    case 'gone':
      return createProblem({
        code: 'media_gone',
        title: 'The provider has this file no more',
        status: 410,
        detail:
          'Providers keep files for some days. Have them brought into the store ahead of time: inboundFiles of the channel.',
      });
    case 'unsupported':
      return notFound;
    case 'unauthorised':
    case 'unavailable':
      return createProblem({
        code: 'provider_unavailable',
        title: 'The provider did not give the file',
        status: 502,
        detail: 'Repeat the request later.',
      });
    default:
      return file satisfies never;
  }
}
