import type { FastifyReply, FastifyRequest } from 'fastify';
import { createExchangeParts, type FactsOf } from '../exchange-parts.ts';
import type { CloudContext } from './context.ts';
import { graphAnswer, throttleCodes, type GraphProblem } from './errors.ts';

export type Facts = FactsOf<
  'send' | 'read' | 'upload' | 'lookup' | 'download' | 'delete' | 'token' | 'webhooks' | 'register' | 'unknown'
>;

export type Exchange = ReturnType<typeof createExchange>;

/** Answers requests, and keeps the books of every answer: history, counts, statistics. */
export function createExchange(context: CloudContext) {
  const parts = createExchangeParts<Facts['operation']>(context, {
    provider: 'whatsapp-cloud',
    success: { status: 200, contentType: 'application/json; charset=UTF-8' },
    isThrottle: (code) => throttleCodes.has(code),
    refuse,
  });
  const { book } = parts;

  function refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    facts: Facts,
    problem: GraphProblem,
    faultId: string | null = null,
  ): FastifyReply {
    const { status, body } = graphAnswer(problem, traceId(context.random));
    book(request, facts, { status, code: problem.code, faultId });
    return reply
      .code(status)
      .header('www-authenticate', authHeader(problem))
      .type('application/json; charset=UTF-8')
      .send(body);
  }

  function succeed(
    request: FastifyRequest,
    reply: FastifyReply,
    facts: Facts,
    body: unknown,
    messageId: string | null = null,
    faultId: string | null = null,
  ): FastifyReply {
    book(request, facts, { status: 200, messageId, faultId });
    return reply.type('application/json; charset=UTF-8').send(body);
  }

  /** Books an answer the caller sends by itself. */
  function note(request: FastifyRequest, facts: Facts): void {
    book(request, facts, { status: 200 });
  }

  return {
    ...parts,
    refuse,
    succeed,
    note,
  };
}

/** Graph repeats the fault in this header. */
function authHeader({ code, message }: GraphProblem): string {
  const word = code === 190 || code === 102 || code === 0 ? 'invalid_token' : 'invalid_request';
  return `OAuth "Facebook Platform" "${word}" "${(message ?? `(#${code})`).replaceAll(/[^\x20-\x7e]|"/g, '')}"`;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';

function traceId(random: () => number): string {
  return `A${Array.from({ length: 22 }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')}`;
}
