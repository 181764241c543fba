import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { factsOf } from '../exchange-parts.ts';
import type { FaultAction } from '../faults.ts';
import { linesOf } from './authorise.ts';
import type { InfobipContext, Line } from './context.ts';
import type { Exchange } from './exchange.ts';
import { failureOf, fetches, refusalOf } from './fate.ts';
import { createLifecycle, stepsOf } from './lifecycle.ts';
import { readOmni, readSend, type Asked, type Read } from './read-send.ts';
import { statusOf } from './statuses.ts';

/** Ids are remembered for so many messages of a sender. */
const TAKEN_MAX = 200_000;

type Told = { readonly asked: Asked; readonly messageId: string; readonly statusId: number };

/** `POST /whatsapp/1/message/*` and `POST /omni/1/advanced`. */
export function sendRoutes(context: InfobipContext, exchange: Exchange) {
  const { clock, http, newId, timing } = context;
  const begin = createLifecycle(context);

  async function send(
    request: FastifyRequest,
    reply: FastifyReply,
    read: Read,
    show: (told: readonly Told[]) => unknown,
  ): Promise<FastifyReply> {
    const own = linesOf(context, request);
    const first = read.kind === 'asked' ? read.messages[0] : undefined;
    const line = first === undefined ? own[0] : lineOf(own, first);
    const facts = factsOf('send', (line ?? own[0])?.account.sender ?? null, {
      to: first?.to ?? null,
      type: first?.type ?? null,
      text: first?.text ?? null,
      callbackData: first?.callbackData ?? null,
    });
    if (own.length === 0) return exchange.refuse(request, reply, facts, { status: 401 });
    if (read.kind === 'invalid') return exchange.refuse(request, reply, facts, read.refusal);
    if (line === undefined && first?.from === null) {
      const validationErrors = { scenarioKey: ['unknown scenario'] };
      return exchange.refuse(request, reply, facts, { status: 400, validationErrors });
    }

    const verdict = exchange.verdict(facts);
    await exchange.pause(verdict.delayMs + timing().answerMs);
    const limit = line?.account.callsPerSecond ?? null;
    if (line !== undefined && limit !== null && line.second.count(clock.now()) >= limit) {
      return exchange.refuse(request, reply, facts, { status: 429 });
    }
    line?.second.add(clock.now());
    const isOmni = first?.from === null;
    const played = exchange.play(request, reply, facts, verdict, () => {
      if (line === undefined || first === undefined || refusalOf(line, first, clock.now()) !== null) return null;
      return take(line, first, isOmni, verdict.action);
    });
    if (played !== null) return played;
    const told = read.messages.map((asked) => tell(lineOf(own, asked), asked, isOmni, verdict.action));
    const [one] = told;
    const isTaken = one !== undefined && statusOf(one.statusId).groupId === 1;
    return exchange.answer(request, reply, facts, show(told), {
      code: one === undefined || isTaken ? null : one.statusId,
      messageId: isTaken ? one.messageId : null,
      faultId: verdict.faultId,
    });
  }

  /** Takes a message or refuses it; either way it is told under its id, in a 200. */
  function tell(line: Line | undefined, asked: Asked, isOmni: boolean, action: FaultAction | null): Told {
    const refused = action?.kind === 'error' ? action.code : line === undefined ? 11 : null;
    const statusId = refused ?? (line === undefined ? 11 : refusalOf(line, asked, clock.now()));
    if (statusId !== null || line === undefined) {
      return { asked, messageId: asked.messageId ?? newId(), statusId: statusId ?? 11 };
    }
    return { asked, messageId: take(line, asked, isOmni, action), statusId: 7 };
  }

  function take(line: Line, asked: Asked, isOmni: boolean, action: FaultAction | null): string {
    const atMs = clock.now();
    const messageId = asked.messageId ?? newId();
    const { account, taken, recent } = line;
    taken.add(messageId);
    const [oldest] = taken;
    if (taken.size > TAKEN_MAX && oldest !== undefined) taken.delete(oldest);
    if (account.credits !== null) line.account = { ...account, credits: account.credits - 1 };
    if (account.floodingFilter) {
      recent.set(asked.to, [...(recent.get(asked.to) ?? []), { atMs, content: JSON.stringify(asked.content) }]);
    }
    const intermediate = isOmni ? (asked.intermediate ?? false) : account.intermediateReports;
    const go = (failure: number | null) =>
      begin(line, { asked, messageId, atMs, isOmni }, stepsOf(failure, action, timing(), intermediate));
    const failure = failureOf(line, asked, atMs);
    if (failure !== null || !account.fetchesMedia || asked.links.length === 0) go(failure);
    else void fetches(http, asked.links).then((good) => go(good ? null : 7013));
    return messageId;
  }

  return async function register(app: FastifyInstance): Promise<void> {
    app.post<{ Params: { '*': string } }>('/whatsapp/1/message/*', async (request, reply) => {
      const read = readSend(request.params['*'], request.body);
      if (read === null) return exchange.refuse(request, reply, factsOf('send', null), { status: 404 });
      return send(request, reply, read, (told) => {
        const shown = told.map(({ asked, messageId, statusId }) => ({
          to: asked.to,
          messageCount: 1,
          messageId,
          status: statusOf(statusId),
        }));
        const bulkId = read.kind === 'asked' ? read.bulkId : null;
        const isList = request.params['*'] === 'template';
        return isList ? { messages: shown, ...(bulkId !== null && { bulkId }) } : shown[0];
      });
    });
    app.post('/omni/1/advanced', (request, reply) => {
      const read = readOmni(request.body);
      return send(request, reply, read, (told) => ({
        ...(read.kind === 'asked' && read.bulkId !== null && { bulkId: read.bulkId }),
        messages: told.map(({ asked, messageId, statusId }) => ({
          to: /^\d/.test(asked.to) ? { phoneNumber: asked.to } : { whatsAppUserId: asked.to },
          status: statusOf(statusId),
          messageId,
        })),
      }));
    });
  };
}

/** The sender by its number, or by its scenario. */
function lineOf(own: readonly Line[], { from, scenarioKey }: Asked): Line | undefined {
  return own.find(({ account }) => {
    if (from !== null) return account.sender === from;
    return scenarioKey === null ? account.defaultScenario : account.scenarioKey === scenarioKey;
  });
}
