import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FaultAction, FaultVerdict } from './faults.ts';
import type { SandboxParts } from './sandbox-parts.ts';

/** What is known of a request when it is answered. */
export type FactsOf<Operation extends string> = {
  readonly operation: Operation;
  /** The account it came for, by the provider's own name of it. */
  readonly account: string | null;
  readonly to: string | null;
  readonly type: string | null;
  readonly text: string | null;
  readonly callbackData: string | null;
};

/** Facts of which only some are known. */
export function factsOf<Operation extends string>(
  operation: Operation,
  account: string | null,
  more: Partial<Omit<FactsOf<Operation>, 'operation' | 'account'>> = {},
): FactsOf<Operation> {
  return { operation, account, to: null, type: null, text: null, callbackData: null, ...more };
}

/** What was answered. */
export type Booked = {
  /** Null: no answer was given. */
  readonly status: number | null;
  /** The provider's own code of a refusal. */
  readonly code?: number | null;
  readonly messageId?: string | null;
  readonly faultId?: string | null;
};

/** What a provider says of its answers. */
export type ExchangeStyle<Facts> = {
  readonly provider: string;
  /** How a success that cannot be read looks from outside. */
  readonly success: { readonly status: number; readonly contentType: string };
  readonly isThrottle: (code: number) => boolean;
  /** Whether a request is nothing but credentials: then its body is not kept. */
  readonly isSecret?: (facts: Facts) => boolean;
  /** Plays an error as the provider tells it. Headers of the fault are set already. */
  readonly refuse: (
    request: FastifyRequest,
    reply: FastifyReply,
    facts: Facts,
    action: Extract<FaultAction, { kind: 'error' }>,
    faultId: string | null,
  ) => FastifyReply;
};

/** What each provider's exchange is made of: the books of every answer (history, counts, statistics), faults, and waiting. */
export function createExchangeParts<Operation extends string>(
  { clock, history, stats, faults, timers }: SandboxParts,
  { provider, success, isThrottle, isSecret, refuse }: ExchangeStyle<FactsOf<Operation>>,
) {
  type Facts = FactsOf<Operation>;

  function book(request: FastifyRequest, facts: Facts, booked: Booked): void {
    const { status, code = null, messageId = null, faultId = null } = booked;
    const { operation, account, to, type, callbackData } = facts;
    stats.request(account);
    if (code !== null) stats.refused(account, code, isThrottle(code));
    if (operation === 'send') {
      history.count(callbackData, to, messageId !== null);
      if (messageId !== null && account !== null) stats.accepted(account);
    }
    // A symbol stands for a body that could not be read.
    const isKept = typeof request.body !== 'symbol' && isSecret?.(facts) !== true;
    history.add({
      atMs: clock.now(),
      provider,
      operation,
      account,
      to,
      type,
      callbackData,
      request: {
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: isKept ? request.body : null,
      },
      answer: { status, code, messageId },
      faultId,
    });
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
        book(request, facts, { status: action.status, messageId: action.taken ? take() : null, faultId });
        return reply
          .code(action.status)
          .headers(action.headers ?? {})
          .type(action.contentType)
          .send(action.body);
      case 'malformed':
        book(request, facts, { status: success.status, messageId: take(), faultId });
        return reply.code(success.status).type(success.contentType).send(action.body);
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

  return { book, pause, play, verdict: (facts: Facts) => faults.verdict({ provider, ...facts }) };
}
