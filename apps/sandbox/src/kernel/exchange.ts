import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FaultVerdict } from '../faults.ts';
import type { KernelContext } from './context.ts';

/** What is known of a request when it is answered. */
export type Facts = {
  readonly operation: 'send' | 'token' | 'settings' | 'unknown';
  /** The client id. */
  readonly account: string | null;
  readonly to: string | null;
  readonly type: string | null;
  readonly text: string | null;
  readonly callbackData: string | null;
};

/** An error: of the WhatsApp API (`responseCode`), or of Kernel's own (by the status). */
export type KernelProblem =
  | { readonly code: number; readonly status?: number | undefined; readonly message?: string | undefined }
  | { readonly kernel: string; readonly status: number; readonly message: string };

export function factsOf(operation: Facts['operation'], account: string | null, more: Partial<Facts> = {}): Facts {
  return { operation, account, to: null, type: null, text: null, callbackData: null, ...more };
}

export type Exchange = ReturnType<typeof createExchange>;

type Booked = {
  readonly status: number | null;
  readonly code?: number | null;
  readonly messageId?: string | null;
  readonly faultId?: string | null;
};

const throttleCodes: ReadonlySet<number> = new Set([429, 1015]);

/** Answers requests, and keeps the books of every answer. Each answer repeats the request's `x-correlator`, or has one of its own. */
export function createExchange({ clock, history, stats, faults, timers }: KernelContext) {
  function book(request: FastifyRequest, facts: Facts, booked: Booked): void {
    const { status, code = null, messageId = null, faultId = null } = booked;
    stats.request(facts.account);
    if (code !== null) stats.refused(facts.account, code, throttleCodes.has(code));
    if (facts.operation === 'send') {
      history.count(facts.callbackData, facts.to, messageId !== null);
      if (messageId !== null && facts.account !== null) stats.accepted(facts.account);
    }
    history.add({
      atMs: clock.now(),
      provider: 'kernel',
      operation: facts.operation,
      account: facts.account,
      to: facts.to,
      type: facts.type,
      callbackData: facts.callbackData,
      request: {
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: typeof request.body === 'symbol' ? null : request.body,
      },
      answer: { status, code, messageId },
      faultId,
    });
  }

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

  async function pause(ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((resolve) => timers.at(clock.now() + ms, resolve));
  }

  /** Plays a fault that answers in place of us; `take` takes the message all the same. Null: answer as usual. */
  function play(
    request: FastifyRequest,
    reply: FastifyReply,
    facts: Facts,
    { action, faultId }: FaultVerdict,
    take: () => string | null,
  ): FastifyReply | null {
    if (action === null) return null;
    switch (action.kind) {
      case 'error':
        void reply.headers(action.headers ?? {});
        return refuse(request, reply, facts, action, faultId);
      case 'http':
        book(request, facts, { status: action.status, messageId: action.taken ? take() : null, faultId });
        return reply
          .code(action.status)
          .headers(action.headers ?? {})
          .type(action.contentType)
          .send(action.body);
      case 'malformed':
        book(request, facts, { status: 200, messageId: take(), faultId });
        return reply.type('application/json').send(action.body);
      case 'hang':
        book(request, facts, { status: null, messageId: action.taken ? take() : null, faultId });
        return reply.hijack();
      case 'close':
        book(request, facts, { status: null, messageId: action.taken ? take() : null, faultId });
        request.raw.socket.destroy();
        return reply.hijack();
      case 'fail_later':
      case 'statuses':
        return null;
      default:
        return action satisfies never;
    }
  }

  return {
    refuse,
    succeed,
    play,
    pause,
    verdict: (facts: Facts) => faults.verdict({ provider: 'kernel', ...facts }),
    /** An answer of the authorization server, which has errors of its own. */
    plain: (request: FastifyRequest, reply: FastifyReply, facts: Facts, status: number, body: unknown) => {
      book(request, facts, { status });
      return answer(request, reply, status, body);
    },
  };
}
