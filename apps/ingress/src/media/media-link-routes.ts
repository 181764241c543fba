import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { openProblems } from '../problem-responses.ts';
import { notFound } from '../problems.ts';
import type { OpenRouteDeps, Routes } from '../route-deps.ts';
import { linkExpired } from './file-problems.ts';
import { sendFile } from './send-file.ts';

const params = z.object({ token: z.string().max(128) });
const oldParams = z.object({ tenant: z.string().max(64), token: z.string().max(128) });

/**
 * Signed links, for providers that fetch files: no key, the address is the proof. Some ask twice (HEAD, then GET), and any copy of
 * this app answers any of both. The same links under the path that an older system had.
 */
export function mediaLinkRoutes(app: Routes, deps: OpenRouteDeps): void {
  const { files, log, answerProblem } = deps;
  const { media, links } = files;

  async function answer(request: FastifyRequest, reply: FastifyReply, token: string, tenant: string | null) {
    const read = links.readToken(token);
    if (read.kind === 'expired') return answerProblem(request, reply, linkExpired);
    const medium = read.kind === 'valid' ? await media.find(read.id) : null;
    if (medium === null || (tenant !== null && tenant !== medium.tenantId))
      return answerProblem(request, reply, notFound);
    const sent = await sendFile(request, reply, { media, answerProblem }, medium);
    if (sent.kind === 'gone') return answerProblem(request, reply, notFound);
    const { id: mediaId, bytes } = medium;
    log.info(
      {
        op: 'serveFile',
        method: request.method,
        mediaId,
        bytes,
        status: sent.status,
        durationMs: Math.round(reply.elapsedTime),
      },
      'file served',
    );
    return reply;
  }

  // Not the HEAD that comes with each GET: that one would read the whole file.
  app.head('/media/:token', { schema: { hide: true, params } }, async (request, reply) =>
    answer(request, reply, request.params.token, null),
  );
  app.get(
    '/media/:token',
    {
      exposeHeadRoute: false,
      schema: {
        operationId: 'getLinkedFile',
        summary: 'A file by a signed link',
        description: 'For providers: the address itself is the proof, and ends. HEAD, GET, and a single range.',
        tags: ['media'],
        security: [],
        params,
        response: { 200: z.string().meta({ description: 'The file.' }), ...openProblems(404, 410, 416) },
      },
    },
    async (request, reply) => await answer(request, reply, request.params.token, null),
  );

  app.route({
    method: ['GET', 'HEAD'],
    url: '/:tenant/imchannel/getImageMessage/:token',
    schema: { hide: true, params: oldParams },
    handler: async (request, reply) => await answer(request, reply, request.params.token, request.params.tenant),
  });
}
