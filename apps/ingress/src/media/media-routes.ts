import multipart from '@fastify/multipart';
import { bareType } from '@posthorn/media';
import { mediaIdSchema, type MediaId } from '@posthorn/message';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { problems } from '../problem-responses.ts';
import { notFound } from '../problems.ts';
import type { RouteDeps, Routes } from '../route-deps.ts';
import { noFile, refusedFile, typeNotTaken } from './file-problems.ts';
import { mediumSchema, renderMedium } from './media-schema.ts';
import { readUpload } from './read-upload.ts';
import { sendFile } from './send-file.ts';

const uploadQuery = z.strictObject({
  filename: z.string().min(1).max(240).optional().meta({ description: 'Its name, where the body is the file itself.' }),
  ttlSeconds: z.coerce.number().int().min(60).optional().meta({
    description: 'How long it is kept; at most, and by default, as long as this installation keeps files (35 days).',
  }),
});
const params = z.object({ id: mediaIdSchema });

/** Files of the caller: put, looked at, read, deleted. */
export async function mediaRoutes(app: Routes, deps: RouteDeps): Promise<void> {
  const { files, retention, limits, log, providerById, tenantOf, answerProblem } = deps;
  const { media } = files;
  const types = [
    ...new Set(
      [...providerById.values()].flatMap((provider) =>
        Object.values(provider.files ?? {}).flatMap((rule) => rule?.types ?? []),
      ),
    ),
  ].toSorted();

  app.removeAllContentTypeParsers();
  await app.register(multipart);
  // The body stays a stream: nothing of it is read before the handler does.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  app.post(
    '/v1/media',
    {
      config: {
        role: 'producer',
        bodyMayTakeLong: true,
        audit: { none: 'the log has each; files come in great numbers' },
      },
      schema: {
        operationId: 'uploadMedia',
        summary: 'Put a file into the store',
        description:
          'The body is the file itself with its Content-Type, or a form (multipart/form-data) with the file in the field `file`. At most 100 MB; what a provider takes of each kind is checked when a message names the file (`media: {id}`).',
        tags: ['media'],
        consumes: ['application/octet-stream', 'multipart/form-data'],
        querystring: uploadQuery,
        response: { 201: mediumSchema, ...problems(401, 408, 413, 415, 422, 507) },
      },
    },
    async (request, reply) => {
      const { filename, ttlSeconds } = request.query;
      const upload = await readUpload(request, limits.mediaBytesMax);
      if (upload === null) return answerProblem(request, reply, noFile);
      const said = upload.contentType === null ? null : bareType(upload.contentType);
      const isTold = said !== null && said !== 'application/octet-stream';
      if (isTold && types.length > 0 && !types.includes(said)) {
        upload.content.destroy();
        return answerProblem(request, reply.header('connection', 'close'), typeNotTaken(types));
      }
      const result = await media.put(
        {
          tenantId: tenantOf(request),
          channelId: null,
          contentType: said,
          name: filename ?? upload.name,
          bytesMax: limits.mediaBytesMax,
          bytes: upload.bytes,
          sha256: null,
          lifeMs: ttlSeconds === undefined ? await retention.ofFiles(tenantOf(request)) : ttlSeconds * 1000,
          trustsType: false,
        },
        upload.content,
      );
      // The rest of what is refused is not waited for.
      if (result.kind === 'refused')
        return answerProblem(request, reply.header('connection', 'close'), refusedFile(result, types));
      const { medium } = result;
      log.info(
        {
          op: 'uploadMedia',
          mediaId: medium.id,
          code: 'stored',
          bytes: medium.bytes,
          durationMs: Math.round(reply.elapsedTime),
        },
        'file stored',
      );
      const shown = renderMedium(medium);
      return reply.code(201).header('location', shown.links.self).send(shown);
    },
  );

  app.get(
    '/v1/media/:id',
    {
      config: { role: 'producer' },
      schema: {
        operationId: 'getMedia',
        summary: 'What is known of a file',
        tags: ['media'],
        params,
        response: { 200: mediumSchema, ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const medium = await media.get(tenantOf(request), request.params.id);
      return medium === null ? answerProblem(request, reply, notFound) : reply.send(renderMedium(medium));
    },
  );

  const sendContent = async (request: FastifyRequest, reply: FastifyReply, id: MediaId) => {
    const medium = await media.get(tenantOf(request), id);
    const isSent =
      medium !== null && (await sendFile(request, reply, { media, answerProblem }, medium)).kind === 'sent';
    return isSent ? reply : answerProblem(request, reply, notFound);
  };
  const config = { role: 'producer' } as const;
  app.head('/v1/media/:id/content', { config, schema: { hide: true, params } }, async (request, reply) =>
    sendContent(request, reply, request.params.id),
  );
  app.get(
    '/v1/media/:id/content',
    {
      config,
      exposeHeadRoute: false,
      schema: {
        operationId: 'getMediaContent',
        summary: 'The bytes of a file',
        description: 'With its Content-Type; `Range` with a single range gives a part (206).',
        tags: ['media'],
        params,
        response: { 200: z.string().meta({ description: 'The file.' }), ...problems(401, 404, 416) },
      },
    },
    async (request, reply) => await sendContent(request, reply, request.params.id),
  );

  app.delete(
    '/v1/media/:id',
    {
      config: { role: 'producer', audit: { action: 'media.delete' } },
      schema: {
        operationId: 'deleteMedia',
        summary: 'Delete a file; messages that still name it fail',
        tags: ['media'],
        params,
        response: { 204: z.null().meta({ description: 'Deleted.' }), ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      if (!(await media.remove(tenantOf(request), request.params.id))) return answerProblem(request, reply, notFound);
      log.info({ op: 'deleteMedia', mediaId: request.params.id, code: 'deleted' }, 'file deleted');
      return reply.code(204).send(null);
    },
  );
}
