import type { FastifyReply, FastifyRequest } from 'fastify';
import { createExchangeParts, type Booked, type FactsOf } from '../exchange-parts.ts';
import type { InfobipContext } from './context.ts';

export type Facts = FactsOf<'send' | 'token' | 'download' | 'delete' | 'lookup' | 'setUp' | 'unknown'>;

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

export type Exchange = ReturnType<typeof createExchange>;

/** Answers requests, and keeps the books of every answer: history, counts, statistics. */
export function createExchange(context: InfobipContext) {
  const parts = createExchangeParts<Facts['operation']>(context, {
    provider: 'infobip',
    success: { status: 200, contentType: 'application/json' },
    isThrottle: (code) => code === 429 || code === 20,
    isSecret: ({ operation }) => operation === 'token',
    refuse: (request, reply, facts, { code, status = code, message }, faultId) =>
      refuse(request, reply, facts, { status, text: message }, faultId),
  });
  const { book } = parts;

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

  /** An error that is no HTTP status is a status of the message, which a 200 carries: the caller plays it. */
  const play: typeof parts.play = (request, reply, facts, verdict, take) => {
    const { action } = verdict;
    const isOfMessage = action?.kind === 'error' && (action.code < 400 || action.code > 599);
    return isOfMessage ? null : parts.play(request, reply, facts, verdict, take);
  };

  return { ...parts, refuse, answer, play };
}
