import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';

/** An upload's bytes as they come, and what was said of them. */
export interface Upload {
  readonly content: Readable;
  readonly contentType: string | null;
  readonly name: string | null;
  /** Null: not announced. */
  readonly bytes: number | null;
}

/** A body as it is, or the file in a form. Null: a form without one. The form's file is cut after `bytesMax` + 1 bytes. */
export async function readUpload(request: FastifyRequest, bytesMax: number): Promise<Upload | null> {
  if (request.isMultipart()) {
    const part = await request.file({
      limits: { fileSize: bytesMax + 1, files: 1, fields: 20 },
      throwFileSizeLimit: false,
    });
    if (part === undefined) return null;
    return { content: part.file, contentType: part.mimetype, name: part.filename || null, bytes: null };
  }
  const announced = Number(request.headers['content-length'] ?? Number.NaN);
  return {
    // Whoever gives up reading must not close the connection: the caller is still to be answered.
    content: Readable.from(request.raw.iterator({ destroyOnReturn: false }), { objectMode: false }),
    contentType: request.headers['content-type'] ?? null,
    name: null,
    bytes: Number.isNaN(announced) ? null : announced,
  };
}
