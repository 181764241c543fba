import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FaultVerdict } from '../faults.ts';
import type { TwilioContext } from './context.ts';
import { throttleCodes, twilioAnswer, type TwilioProblem } from './errors.ts';

/** What is known of a request when it is answered. */
export type Facts = {
  readonly operation: 'send' | 'lookup' | 'unknown';
  /** The sender. */
  readonly account: string | null;
  readonly to: string | null;
  readonly type: string | null;
  readonly text: string | null;
  readonly callbackData: string | null;
};

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

/** Answers requests, and keeps the books of every answer: history, counts, statistics. */
export function createExchange({ clock, history, stats, faults, timers }: TwilioContext) {
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
      provider: 'twilio',
      operation: facts.operation,
      account: facts.account,
      to: facts.to,
      type: facts.type,
      callbackData: facts.callbackData,
      request: { method: request.method, url: request.url, headers: request.headers, body: request.body },
      answer: { status, code, messageId },
      faultId,
    });
  }

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
    {
      status,
      body,
      messageId = null,
      faultId = null,
    }: { readonly body: unknown } & Booked & { readonly status: number },
  ): FastifyReply {
    book(request, facts, { status, messageId, faultId });
    return reply.code(status).type('application/json').send(body);
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
        book(request, facts, { status: 201, messageId: take(), faultId });
        return reply.code(201).type('application/json').send(action.body);
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

  return { refuse, succeed, play, pause, verdict: (facts: Facts) => faults.verdict({ provider: 'twilio', ...facts }) };
}
