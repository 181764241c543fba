import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { factsOf } from '../exchange-parts.ts';
import { authorise, missingObject } from './authorise.ts';
import type { CloudContext } from './context.ts';
import type { GraphProblem } from './errors.ts';
import type { Exchange, Facts } from './exchange.ts';
import { bytesMaxOf, kindOf, supportedTypes, uploadBytesMax, uploadLifeMs } from './media-store.ts';

const uploadParams = z.object({ version: z.string(), phoneNumberId: z.string() });
const mediaParams = z.object({ version: z.string(), mediaId: z.string() });
const mediaQuery = z.looseObject({ phone_number_id: z.string().optional() });
const downloadQuery = z.looseObject({ mid: z.string(), hash: z.string() });

type Upload = {
  readonly fields: ReadonlyMap<string, string>;
  readonly bytes: Buffer | null;
  readonly tooLarge: boolean;
};

/** Upload, look-up and deletion of media, under `/{version}`. */
export function mediaRoutes(
  context: CloudContext,
  exchange: Exchange,
  readNumber: (request: FastifyRequest, reply: FastifyReply, id: string) => Promise<FastifyReply> | null,
) {
  const { media } = context;

  async function upload(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { version, phoneNumberId } = uploadParams.parse(request.params);
    const facts = factsOf('upload', context.lines.has(phoneNumberId) ? phoneNumberId : null);
    const authorised = authorise(context, request, version, phoneNumberId, phoneNumberId);
    if (authorised.kind === 'refused') return exchange.refuse(request, reply, facts, authorised.problem);
    if (!request.isMultipart())
      return exchange.refuse(request, reply, facts, {
        code: 100,
        details: 'Expected Content-Type multipart/form-data.',
      });
    const parts = await readParts(request);
    const checked = checkUpload(parts);
    if ('code' in checked) return exchange.refuse(request, reply, facts, checked);
    const played = await fault(request, reply, facts);
    if (played !== null) return played;
    const file = media.add(phoneNumberId, checked.type, checked.bytes, uploadLifeMs);
    return exchange.succeed(request, reply, facts, { id: file.id });
  }

  async function fault(request: FastifyRequest, reply: FastifyReply, facts: Facts): Promise<FastifyReply | null> {
    const verdict = exchange.verdict(facts);
    await exchange.pause(verdict.delayMs);
    return exchange.play(request, reply, facts, verdict, () => null);
  }

  async function lookUpOrDelete(
    request: FastifyRequest,
    reply: FastifyReply,
    operation: 'lookup' | 'delete',
  ): Promise<FastifyReply> {
    const { version, mediaId } = mediaParams.parse(request.params);
    const file = media.get(mediaId);
    const facts = factsOf(operation, file?.phoneNumberId ?? null);
    const authorised = authorise(context, request, version, mediaId, file?.phoneNumberId ?? null);
    if (authorised.kind === 'refused') return exchange.refuse(request, reply, facts, authorised.problem);
    const asked = mediaQuery.parse(request.query).phone_number_id;
    if (file === null || (asked !== undefined && asked !== file.phoneNumberId)) {
      return exchange.refuse(request, reply, facts, missingObject(mediaId, request.method));
    }
    const played = await fault(request, reply, facts);
    if (played !== null) return played;
    if (operation === 'delete') return exchange.succeed(request, reply, facts, { success: media.remove(mediaId) });
    return exchange.succeed(request, reply, facts, {
      messaging_product: 'whatsapp',
      url: downloadUrl(`${request.protocol}://${request.host}`, mediaId, media.ticket(mediaId)),
      mime_type: file.mimeType,
      sha256: file.sha256.toString('hex'),
      file_size: file.bytes.length,
      id: mediaId,
    });
  }

  return async function register(app: FastifyInstance): Promise<void> {
    await app.register(multipart, {
      limits: { fileSize: uploadBytesMax, files: 1, fields: 20 },
      throwFileSizeLimit: false,
    });
    app.post('/:phoneNumberId/media', (request, reply) => upload(request, reply));
    app.get<{ Params: { mediaId: string } }>(
      '/:mediaId',
      (request, reply) =>
        readNumber(request, reply, request.params.mediaId) ?? lookUpOrDelete(request, reply, 'lookup'),
    );
    app.delete('/:mediaId', (request, reply) => lookUpOrDelete(request, reply, 'delete'));
  };
}

/** The address Meta's look-up names: outside the versioned paths, with the token all the same. */
export function downloadRoutes(context: CloudContext, exchange: Exchange) {
  return async function register(app: FastifyInstance): Promise<void> {
    app.get('/whatsapp_business/attachments/', async (request, reply) => {
      const query = downloadQuery.safeParse(request.query).data;
      const file = query === undefined ? null : context.media.byTicket(query.mid, query.hash);
      const facts = factsOf('download', file?.phoneNumberId ?? null);
      // The file server answers an old URL with 404 before it looks at the token.
      if (file === null)
        return exchange.refuse(request, reply, facts, { code: 100, status: 404, message: 'URL signature expired' });
      const authorised = authorise(context, request, null, file.id, file.phoneNumberId);
      if (authorised.kind === 'refused')
        return exchange.refuse(request, reply, facts, { ...authorised.problem, status: 401 });
      const verdict = exchange.verdict(facts);
      await exchange.pause(verdict.delayMs);
      const played = exchange.play(request, reply, facts, verdict, () => null);
      if (played !== null) return played;
      exchange.note(request, facts);
      return reply.type(file.mimeType).send(file.bytes);
    });
  };
}

export function downloadUrl(base: string, mediaId: string, ticket: string): string {
  return `${base}/whatsapp_business/attachments/?mid=${mediaId}&source=getMedia&hash=${ticket}`;
}

async function readParts(request: FastifyRequest): Promise<Upload> {
  const fields = new Map<string, string>();
  let bytes: Buffer | null = null;
  let tooLarge = false;
  for await (const part of request.parts()) {
    if (part.type === 'field') {
      fields.set(part.fieldname, String(part.value));
    } else if (part.fieldname === 'file') {
      bytes = await part.toBuffer();
      tooLarge = part.file.truncated;
      if (!fields.has('type')) fields.set('type', part.mimetype);
    } else {
      part.file.resume();
    }
  }
  return { fields, bytes, tooLarge };
}

function checkUpload({
  fields,
  bytes,
  tooLarge,
}: Upload): GraphProblem | { readonly type: string; readonly bytes: Buffer } {
  if (fields.get('messaging_product') !== 'whatsapp')
    return { code: 100, message: '(#100) The parameter messaging_product is required.' };
  if (bytes === null) return { code: 100, message: '(#100) The parameter file is required.' };
  const type = fields.get('type') ?? '';
  const kind = kindOf(type);
  if (kind === null) {
    return {
      code: 100,
      message: `(#100) Param file must be a file with one of the following types: ${supportedTypes.join(', ')}. Received file of type '${type}'.`,
    };
  }
  const bytesMax = bytesMaxOf(kind, bytes);
  if (tooLarge || bytes.length > bytesMax) {
    return { code: 131053, details: `The file is larger than the ${bytesMax} bytes allowed for ${kind}.` };
  }
  return { type, bytes };
}
