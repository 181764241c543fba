import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FaultVerdict } from '../faults.ts';
import type { CloudContext } from './context.ts';
import { graphAnswer, throttleCodes, type GraphProblem } from './errors.ts';

/** What is known of a request when it is answered. */
export type Facts = {
  readonly operation: 'send' | 'read' | 'upload' | 'lookup' | 'download' | 'delete' | 'unknown';
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

/** Answers requests, and keeps the books of every answer: history, counts, statistics. */
export function createExchange({ clock, random, history, stats, faults, timers }: CloudContext) {
  function book(
    request: FastifyRequest,
    facts: Facts,
    status: number | null,
    code: number | null,
    messageId: string | null,
    faultId: string | null,
  ): void {
    stats.request(facts.account);
    if (code !== null) stats.refused(facts.account, code, throttleCodes.has(code));
    if (facts.operation === 'send') {
      history.count(facts.callbackData, facts.to, messageId !== null);
      if (messageId !== null && facts.account !== null) stats.accepted(facts.account);
    }
    history.add({
      atMs: clock.now(),
      provider: 'whatsapp-cloud',
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

  function refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    facts: Facts,
    problem: GraphProblem,
    faultId: string | null = null,
  ): FastifyReply {
    const { status, body } = graphAnswer(problem, traceId(random));
    book(request, facts, status, problem.code, null, faultId);
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
    book(request, facts, 200, null, messageId, faultId);
    return reply.type('application/json; charset=UTF-8').send(body);
  }

  async function pause(ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((resolve) => timers.at(clock.now() + ms, resolve));
  }

  /**
   * Plays a fault that answers in place of us. `take` is called when the message goes out although the answer is wrong
   * or lost, and gives its id. Null: nothing to play, answer as usual.
   */
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
        book(request, facts, action.status, null, action.taken ? take() : null, faultId);
        return reply
          .code(action.status)
          .headers(action.headers ?? {})
          .type(action.contentType)
          .send(action.body);
      case 'malformed':
        book(request, facts, 200, null, take(), faultId);
        return reply.type('application/json; charset=UTF-8').send(action.body);
      case 'hang':
        book(request, facts, null, null, action.taken ? take() : null, faultId);
        return reply.hijack();
      case 'close':
        book(request, facts, null, null, action.taken ? take() : null, faultId);
        request.raw.socket.destroy();
        return reply.hijack();
      case 'fail_later':
      case 'statuses':
        return null;
      default:
        return action satisfies never;
    }
  }

  /** Books an answer the caller sends by itself. */
  function note(request: FastifyRequest, facts: Facts): void {
    book(request, facts, 200, null, null, null);
  }

  return {
    refuse,
    succeed,
    play,
    pause,
    note,
    verdict: (facts: Facts) => faults.verdict({ provider: 'whatsapp-cloud', ...facts }),
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
