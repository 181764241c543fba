import type { FastifyReply, FastifyRequest } from 'fastify';
import { createExchangeParts, type Booked, type FactsOf } from '../exchange-parts.ts';
import type { TwilioContext } from './context.ts';
import { throttleCodes, twilioAnswer, type TwilioProblem } from './errors.ts';

export type Facts = FactsOf<'send' | 'lookup' | 'setUp' | 'unknown'>;

export type Exchange = ReturnType<typeof createExchange>;

/** Answers requests, and keeps the books of every answer: history, counts, statistics. */
export function createExchange(context: TwilioContext) {
  const parts = createExchangeParts<Facts['operation']>(context, {
    provider: 'twilio',
    success: { status: 201, contentType: 'application/json' },
    isThrottle: (code) => throttleCodes.has(code),
    refuse,
  });
  const { book } = parts;

  function refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    facts: Facts,
    problem: TwilioProblem,
    faultId: string | null = null,
  ): FastifyReply {
    const { status, body } = twilioAnswer(problem);
    book(request, facts, { status, code: problem.code, faultId });
    if (status === 401) void reply.header('www-authenticate', 'Basic realm="Twilio API"');
    return reply.code(status).type('application/json').send(body);
  }

  function succeed(
    request: FastifyRequest,
    reply: FastifyReply,
    facts: Facts,
    { status, body, messageId = null, faultId = null }: Booked & { readonly status: number; readonly body: unknown },
  ): FastifyReply {
    book(request, facts, { status, messageId, faultId });
    return reply.code(status).type('application/json').send(body);
  }

  return { ...parts, refuse, succeed };
}
