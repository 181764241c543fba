import { parseRange, type Media, type Medium } from '@posthorn/media';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AnswerProblem } from '../answer-problem.ts';
import { rangeOutside } from './file-problems.ts';

/** What browsers may show in place; the rest they save. Nothing of it may run. */
const shownInPlace = /^(?:image\/(?:png|jpeg|webp|gif)|audio\/|video\/|application\/pdf$|text\/plain$)/u;

/** What became of it. The reply has been sent, except where there is no file (any more). */
export type SentFile = { readonly kind: 'sent'; readonly status: 200 | 206 | 416 } | { readonly kind: 'gone' };

/** Answers GET and HEAD with a stored file, or the one part that `Range` asks for. */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { media, answerProblem }: { readonly media: Pick<Media, 'open'>; readonly answerProblem: AnswerProblem },
  medium: Medium,
): Promise<SentFile> {
  const { bytes, contentType, sha256, name } = medium;
  const etag = `"${sha256}"`;
  // A part of another file than the caller has is no use to it (RFC 9110, 13.1.5).
  const isSame = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
  const range = parseRange(isSame ? request.headers.range : undefined, bytes);
  reply.header('accept-ranges', 'bytes').header('etag', etag);
  if (range.kind === 'outside') {
    await answerProblem(request, reply.header('content-range', `bytes */${bytes}`), rangeOutside);
    return { kind: 'sent', status: 416 };
  }
  const part = range.kind === 'part' ? { start: range.start, end: range.end } : undefined;
  const status = part === undefined ? 200 : 206;
  const content = request.method === 'HEAD' ? null : await media.open(medium, part);
  if (content === null && request.method !== 'HEAD') return { kind: 'gone' };
  reply.headers(contentHeaders(contentType, name));
  reply.code(status).header('content-length', part === undefined ? bytes : part.end - part.start + 1);
  if (part !== undefined) reply.header('content-range', `bytes ${part.start}-${part.end}/${bytes}`);
  await reply.send(content ?? undefined);
  return { kind: 'sent', status };
}

/** What goes with the bytes of a file that somebody else made. */
export function contentHeaders(contentType: string, name: string | null): Readonly<Record<string, string>> {
  const shown = shownInPlace.test(contentType) ? 'inline' : 'attachment';
  const named = name === null ? '' : `; filename*=UTF-8''${encodeURIComponent(name).replaceAll(/['()*]/gu, escaped)}`;
  return {
    'content-type': contentType,
    'content-disposition': `${shown}${named}`,
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'private, no-cache',
  };
}

function escaped(character: string): string {
  return `%${character.codePointAt(0)?.toString(16).toUpperCase() ?? ''}`;
}
