import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { factsOf } from '../exchange-parts.ts';
import type { FaultAction } from '../faults.ts';
import type { KernelContext, Line } from './context.ts';
import type { Exchange, KernelProblem } from './exchange.ts';
import { createLifecycle, stepsOf } from './lifecycle.ts';
import { readSend, type Send } from './read-send.ts';

const paramsSchema = z.object({ version: z.enum(['v1', 'v2']) });
const webhooksSchema = z.strictObject({ webhooks: z.strictObject({ url: z.url({ protocol: /^https?$/ }) }) });

/** The WhatsApp API: `POST /whatsapp/<version>/messages` and `PATCH /whatsapp/<version>/settings/webhook`. */
export function messageRoutes(context: KernelContext, exchange: Exchange) {
  const { clock, lines, tokens, timing } = context;
  const begin = createLifecycle(context);

  function authorise(request: FastifyRequest): Line | KernelProblem {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    const known = token === undefined ? undefined : tokens.get(token);
    const line = known === undefined ? undefined : lines.get(known.clientId);
    if (line === undefined || known === undefined) return unauthorised('invalid token');
    if (known.expiresAtMs <= clock.now()) return unauthorised('token expired');
    // Seed: every call of the WhatsApp API carries one.
    if (!/^[0-9a-f-]{36}$/i.test(String(request.headers['x-correlator'] ?? ''))) {
      return { kernel: 'INVALID_ARGUMENT', status: 400, message: 'x-correlator: expected a UUID' };
    }
    return line;
  }

  async function send(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { version } = paramsSchema.parse(request.params);
    const authorised = authorise(request);
    const line = 'account' in authorised ? authorised : null;
    const read = readSend(request.body, version);
    const correlator = String(request.headers['x-correlator'] ?? '') || null;
    const account = line?.account.clientId ?? null;
    const facts =
      read.kind === 'message'
        ? // v1 hands nothing back: the correlator tells its messages apart.
          factsOf('send', account, { ...read.send, callbackData: read.send.callbackData ?? correlator })
        : factsOf('send', account);
    if (!('account' in authorised)) return exchange.refuse(request, reply, facts, authorised);
    if (read.kind === 'invalid') return exchange.refuse(request, reply, facts, read.problem);
    const verdict = exchange.verdict(facts);
    await exchange.pause(verdict.delayMs + timing().answerMs);
    const takeIt = () => take(authorised, read.send, version, verdict.action);
    const played = exchange.play(request, reply, facts, verdict, takeIt);
    if (played !== null) return played;
    const problem = refusalOf(authorised, read.send, version);
    if (problem !== null) return exchange.refuse(request, reply, facts, problem);
    const id = takeIt();
    const body =
      version === 'v1'
        ? { messages: [{ id }], meta: { api_status: 'stable', version: '2.41.2' } }
        : {
            messaging_product: 'whatsapp',
            contacts: [{ input: read.send.to, wa_id: read.send.to }],
            messages: [{ id }],
          };
    return exchange.succeed(request, reply, facts, { status: 200, body, messageId: id, faultId: verdict.faultId });
  }

  function refusalOf({ account, second }: Line, { type, namespace }: Send, version: string): KernelProblem | null {
    const wanted = account.templateNamespace;
    if (version === 'v1' && type === 'template' && wanted !== null && namespace !== wanted) {
      return { code: 2001, message: 'Template namespace does not exist' };
    }
    if (account.pacePerSecond === null || second.count(clock.now()) < account.pacePerSecond) return null;
    return { code: 1015, message: 'Too many requests' };
  }

  function take(line: Line, message: Send, version: 'v1' | 'v2', action: FaultAction | null): string {
    const nowMs = clock.now();
    line.second.add(nowMs);
    const { to, type, callbackData } = message;
    const id = context.newId(to, version, 'outbound');
    const isClosed = line.account.customerWindow && type !== 'template' && (line.openUntilMs.get(to) ?? 0) <= nowMs;
    begin(line, { id, to, callbackData }, stepsOf(message, isClosed ? 470 : null, action, timing()));
    return id;
  }

  async function setWebhook(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const authorised = authorise(request);
    const line = 'account' in authorised ? authorised : null;
    const facts = factsOf('settings', line?.account.clientId ?? null);
    const body = webhooksSchema.safeParse(request.body);
    if (!('account' in authorised)) return exchange.refuse(request, reply, facts, authorised);
    const verdict = exchange.verdict(facts);
    await exchange.pause(verdict.delayMs);
    const played = exchange.play(request, reply, facts, verdict, () => null);
    if (played !== null) return played;
    if (!body.success) {
      const problem = { kernel: 'INVALID_ARGUMENT', status: 400, message: 'expected webhooks.url' } as const;
      return exchange.refuse(request, reply, facts, problem);
    }
    // The address need not answer yet.
    authorised.account = { ...authorised.account, webhookUrl: body.data.webhooks.url };
    return exchange.succeed(request, reply, facts, { status: 201, body: body.data, faultId: verdict.faultId });
  }

  return async function register(app: FastifyInstance): Promise<void> {
    app.post('/messages', (request, reply) => send(request, reply));
    app.patch('/settings/webhook', (request, reply) => setWebhook(request, reply));
  };
}

function unauthorised(message: string): KernelProblem {
  return { kernel: 'UNAUTHENTICATED', status: 401, message };
}
