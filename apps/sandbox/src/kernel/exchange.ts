import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createExchangeParts, type Booked, type FactsOf } from '../exchange-parts.ts';
import type { KernelContext } from './context.ts';

export type Facts = FactsOf<'send' | 'token' | 'settings' | 'unknown'>;

/** An error: of the WhatsApp API (`responseCode`), or of Kernel's own (by the status). */
export type KernelProblem =
  | { readonly code: number; readonly status?: number | undefined; readonly message?: string | undefined }
  | { readonly kernel: string; readonly status: number; readonly message: string };

export type Exchange = ReturnType<typeof createExchange>;

const throttleCodes: ReadonlySet<number> = new Set([429, 1015]);

/** Answers requests, and keeps the books of every answer. Each answer repeats the request's `x-correlator`, or has one of its own. */
export function createExchange(context: KernelContext) {
  const parts = createExchangeParts<Facts['operation']>(context, {
    provider: 'kernel',
    success: { status: 200, contentType: 'application/json' },
    isThrottle: (code) => throttleCodes.has(code),
    refuse,
  });
  const { book } = parts;

  function answer(request: FastifyRequest, reply: FastifyReply, status: number, body: unknown): FastifyReply {
    const given = request.headers['x-correlator'];
    return reply
      .code(status)
      .header('x-correlator', typeof given === 'string' ? given : randomUUID())
      .type('application/json')
      .send(body);
  }

  function refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    facts: Facts,
    problem: KernelProblem,
    faultId: string | null = null,
  ): FastifyReply {
    if ('kernel' in problem) {
      const { kernel: code, status, message } = problem;
      book(request, facts, { status, code: status, faultId });
      if (status === 401)
        void reply.header('www-authenticate', `Bearer realm="fp",error="invalid_token",error_description="${message}"`);
      return answer(request, reply, status, { status, code, message });
    }
    const { code, status = 400, message = 'Sorry' } = problem;
    book(request, facts, { status, code, faultId });
    return answer(request, reply, status, { responseCode: code, message });
  }

  function succeed(
    request: FastifyRequest,
    reply: FastifyReply,
    facts: Facts,
    { status, body, messageId = null, faultId = null }: Booked & { readonly status: number; readonly body: unknown },
  ): FastifyReply {
    book(request, facts, { status, messageId, faultId });
    return answer(request, reply, status, body);
  }

  return {
    ...parts,
    refuse,
    succeed,
    /** An answer of the authorization server, which has errors of its own. */
    plain: (request: FastifyRequest, reply: FastifyReply, facts: Facts, status: number, body: unknown) => {
      book(request, facts, { status });
      return answer(request, reply, status, body);
    },
  };
}
