import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FaultVerdict } from '../faults.ts';
import type { InfobipContext } from './context.ts';

/** What is known of a request when it is answered. */
export type Facts = {
  readonly operation: 'send' | 'token' | 'download' | 'delete' | 'unknown';
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

/** A request that is not taken. */
export type Refusal = {
  readonly status: number;
  readonly text?: string | undefined;
  readonly validationErrors?: Readonly<Record<string, readonly string[]>>;
};

const wordByStatus: ReadonlyMap<number, readonly [word: string, text: string]> = new Map([
  [400, ['BAD_REQUEST', 'Bad request']],
  [401, ['UNAUTHORIZED', 'Invalid login details']],
  [403, ['FORBIDDEN', 'Unauthorized access']],
  [404, ['NOT_FOUND', 'Requested URL not found']],
  [429, ['TOO_MANY_REQUESTS', 'Too many requests']],
  [500, ['GENERAL_ERROR', 'Something went wrong. Please contact support.']],
]);

export type Booked = {
  readonly status: number | null;
  /** Of the status or the request. */
  readonly code?: number | null;
  readonly messageId?: string | null;
  readonly faultId?: string | null;
};

export type Exchange = ReturnType<typeof createExchange>;

/** Answers requests, and keeps the books of every answer: history, counts, statistics. */
export function createExchange({ clock, history, stats, faults, timers }: InfobipContext) {
  function book(request: FastifyRequest, facts: Facts, booked: Booked): void {
    const { status, code = null, messageId = null, faultId = null } = booked;
    stats.request(facts.account);
    if (code !== null) stats.refused(facts.account, code, code === 429 || code === 20);
    if (facts.operation === 'send') {
      history.count(facts.callbackData, facts.to, messageId !== null);
      if (messageId !== null && facts.account !== null) stats.accepted(facts.account);
    }
    history.add({
      atMs: clock.now(),
      provider: 'infobip',
      operation: facts.operation,
      account: facts.account,
      to: facts.to,
      type: facts.type,
      callbackData: facts.callbackData,
      request: {
        method: request.method,
        url: request.url,
        headers: request.headers,
        // The body of a token call is nothing but credentials.
        body: facts.operation === 'token' ? null : request.body,
      },
      answer: { status, code, messageId },
      faultId,
    });
  }

  function refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    facts: Facts,
    { status, text, validationErrors }: Refusal,
    faultId: string | null = null,
  ): FastifyReply {
    const [messageId, words] = wordByStatus.get(status) ?? ['GENERAL_ERROR', 'Something went wrong.'];
    book(request, facts, { status, code: status, faultId });
    return reply
      .code(status)
      .type('application/json')
      .send({ requestError: { serviceException: { messageId, text: text ?? words, validationErrors } } });
  }

  function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    facts: Facts,
    body: unknown,
    booked: Partial<Booked> = {},
  ): FastifyReply {
    book(request, facts, { status: 200, ...booked });
    return reply.code(200).type('application/json').send(body);
  }

  async function pause(ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((resolve) => timers.at(clock.now() + ms, resolve));
  }

  /**
   * Plays a fault that answers in place of us; `take` takes the message all the same. An error that is no HTTP status is a status
   * of the message, which a 200 carries: the caller plays it. Null: answer as usual.
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
        if (action.code < 400 || action.code > 599) return null;
        void reply.headers(action.headers ?? {});
        return refuse(request, reply, facts, { status: action.status ?? action.code, text: action.message }, faultId);
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
    book,
    refuse,
    answer,
    play,
    pause,
    verdict: (facts: Facts) => faults.verdict({ provider: 'infobip', ...facts }),
  };
}
