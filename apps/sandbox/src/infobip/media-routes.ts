import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { factsOf } from '../exchange-parts.ts';
import { linesOf } from './authorise.ts';
import type { InfobipContext } from './context.ts';
import type { Exchange } from './exchange.ts';

const fileParams = z.object({ sender: z.string(), mediaId: z.string() });
const senderParams = z.object({ sender: z.string() });
const deletion = z.strictObject({ url: z.url() });

/** Files of people: `GET`, `HEAD /whatsapp/1/senders/{sender}/media/{mediaId}` and `DELETE …/media`. */
export function mediaRoutes(context: InfobipContext, exchange: Exchange) {
  const isOwn = (request: FastifyRequest, sender: string) =>
    linesOf(context, request).some(({ account }) => account.sender === sender);

  async function download(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { sender, mediaId } = fileParams.parse(request.params);
    const facts = factsOf('download', context.lines.has(sender) ? sender : null);
    if (!isOwn(request, sender)) return exchange.refuse(request, reply, facts, { status: 401 });
    const verdict = exchange.verdict(facts);
    await exchange.pause(verdict.delayMs);
    const played = exchange.play(request, reply, facts, verdict, () => null);
    if (played !== null) return played;
    const file = context.media.get(sender, mediaId);
    if (file === null) return exchange.refuse(request, reply, facts, { status: 404 });
    exchange.book(request, facts, { status: 200 });
    return reply.type(file.contentType).header('content-length', file.bytes.length).send(file.bytes);
  }

  return async function register(app: FastifyInstance): Promise<void> {
    app.get('/whatsapp/1/senders/:sender/media/:mediaId', { exposeHeadRoute: true }, (request, reply) =>
      download(request, reply),
    );
    app.delete('/whatsapp/1/senders/:sender/media', async (request, reply) => {
      const { sender } = senderParams.parse(request.params);
      const facts = factsOf('delete', context.lines.has(sender) ? sender : null);
      if (!isOwn(request, sender)) return exchange.refuse(request, reply, facts, { status: 401 });
      const read = deletion.safeParse(request.body);
      const mediaId = read.success ? (read.data.url.split('/').at(-1) ?? '') : '';
      if (!context.media.remove(sender, mediaId)) return exchange.refuse(request, reply, facts, { status: 404 });
      exchange.book(request, facts, { status: 204 });
      return reply.code(204).send();
    });
  };
}
