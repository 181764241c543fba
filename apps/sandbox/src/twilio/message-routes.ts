import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { factsOf } from '../exchange-parts.ts';
import type { FaultAction } from '../faults.ts';
import { paceOf, type Account } from './account.ts';
import type { KeptMessage, Line, TwilioContext } from './context.ts';
import type { TwilioProblem } from './errors.ts';
import type { Exchange, Facts } from './exchange.ts';
import { createLifecycle, stepsOf } from './lifecycle.ts';
import { messageJson } from './message-json.ts';
import { readSend, type SendForm } from './read-send.ts';

const accountParams = z.object({ accountSid: z.string() });
const messageParams = z.object({ accountSid: z.string(), file: z.string() });
const searchQuery = z.object({
  To: z.string().optional(),
  From: z.string().optional(),
  PageSize: z.coerce.number().optional(),
});

/** So many messages of a sender can be looked up; older ones are gone. */
const KEPT_MAX = 1000;

/** `POST`, `GET /2010-04-01/Accounts/{sid}/Messages.json` and `GET …/Messages/{sid}.json`. */
export function messageRoutes(context: TwilioContext, exchange: Exchange) {
  const { clock, lines, newSid, timing } = context;
  const begin = createLifecycle(context);

  async function send(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { accountSid } = accountParams.parse(request.params);
    const asked = readSend(typeof request.body === 'string' ? request.body : null);
    const form = asked.kind === 'message' ? asked.form : null;
    const own = linesOf(accountSid);
    const line = form === null ? undefined : own.find(({ account }) => isSender(account, form));
    const facts = sendFacts(line?.account.sender ?? null, form);
    if (!isAuthorised(request, own)) return exchange.refuse(request, reply, facts, { code: 20003 });
    if (asked.kind === 'invalid') return exchange.refuse(request, reply, facts, asked.problem);
    if (line === undefined || form === null) {
      return exchange.refuse(request, reply, facts, { code: form?.from === null ? 21701 : 63007 });
    }
    const verdict = exchange.verdict(facts);
    const waitMs = verdict.delayMs + timing().answerMs;
    if (waitMs > 0) await exchange.pause(waitMs);
    const played = exchange.play(request, reply, facts, verdict, () => take(line, form, verdict.action).sid);
    if (played !== null) return played;
    const problem = refusalOf(line, form);
    if (problem !== null) return exchange.refuse(request, reply, facts, problem);
    const message = take(line, form, verdict.action);
    const body = messageJson(message, accountSid);
    return exchange.succeed(request, reply, facts, {
      status: 201,
      body,
      messageId: message.sid,
      faultId: verdict.faultId,
    });
  }

  /** What only this sender, now, refuses: contents it does not have, and a queue that is full. */
  function refusalOf(line: Line, { contentSid }: SendForm): TwilioProblem | null {
    const { contents, queueMax } = line.account;
    if (contentSid !== null && contents !== null && contents[contentSid] === undefined) return { code: 21655 };
    const pace = paceOf(line.account);
    const waiting = pace === null ? 0 : ((line.busyUntilMs - clock.now()) * pace) / 1000;
    return waiting > queueMax ? { code: 21611 } : null;
  }

  function take(line: Line, form: SendForm, action: FaultAction | null): KeptMessage {
    const nowMs = clock.now();
    const pace = paceOf(line.account);
    const leavesMs = Math.max(nowMs, line.busyUntilMs);
    if (pace !== null) line.busyUntilMs = leavesMs + 1000 / pace;
    const message: KeptMessage = {
      sid: newSid(form.mediaUrls.length > 0 ? 'MM' : 'SM'),
      to: form.to,
      from: line.account.sender,
      body: form.body ?? '',
      mediaCount: form.mediaUrls.length,
      messagingServiceSid: form.messagingServiceSid,
      atMs: nowMs,
      status: form.messagingServiceSid === null ? 'queued' : 'accepted',
      errorCode: null,
    };
    line.messages.set(message.sid, message);
    const [oldest] = line.messages.keys();
    if (line.messages.size > KEPT_MAX && oldest !== undefined) line.messages.delete(oldest);
    const steps = stepsOf(failureOf(line, form, nowMs), action, timing());
    begin(line, message, form.statusCallback, steps, leavesMs - nowMs);
    return message;
  }

  function linesOf(accountSid: string): readonly Line[] {
    return [...lines.values()].filter(({ account }) => account.accountSid === accountSid);
  }

  async function look(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { accountSid, file } = messageParams.parse(request.params);
    const own = linesOf(accountSid);
    const facts = factsOf('lookup', own[0]?.account.sender ?? null);
    if (!isAuthorised(request, own)) return exchange.refuse(request, reply, facts, { code: 20003 });
    const sid = file.replace(/\.json$/, '');
    const found = own.map(({ messages }) => messages.get(sid)).find((message) => message !== undefined);
    if (found === undefined) return exchange.refuse(request, reply, facts, { code: 20404 });
    return exchange.succeed(request, reply, facts, { status: 200, body: messageJson(found, accountSid) });
  }

  async function search(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { accountSid } = accountParams.parse(request.params);
    const own = linesOf(accountSid);
    const facts = factsOf('lookup', own[0]?.account.sender ?? null);
    if (!isAuthorised(request, own)) return exchange.refuse(request, reply, facts, { code: 20003 });
    const { To: to, From: from, PageSize: size = 50 } = searchQuery.parse(request.query);
    const messages = own
      .flatMap((line) => [...line.messages.values()])
      .filter((message) => to === undefined || to === `whatsapp:${message.to}`)
      .filter((message) => from === undefined || from === `whatsapp:${message.from}`)
      .toReversed()
      .slice(0, size)
      .map((message) => messageJson(message, accountSid));
    const body = { messages, page: 0, page_size: size, next_page_uri: null, uri: request.url };
    return exchange.succeed(request, reply, facts, { status: 200, body });
  }

  return async function register(app: FastifyInstance): Promise<void> {
    app.post('/Accounts/:accountSid/Messages.json', (request, reply) => send(request, reply));
    app.get('/Accounts/:accountSid/Messages.json', (request, reply) => search(request, reply));
    app.get('/Accounts/:accountSid/Messages/:file', (request, reply) => look(request, reply));
  };
}

/** Basic, with the account and its token, or with one of its API keys. */
export function isAuthorised(request: FastifyRequest, own: readonly Line[]): boolean {
  const given = /^Basic (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const pair = Buffer.from(given, 'base64').toString('utf8');
  return own.some(
    ({ account: { accountSid, authToken, apiKeys } }) =>
      pair === `${accountSid}:${authToken}` || apiKeys.some(({ sid, secret }) => pair === `${sid}:${secret}`),
  );
}

function isSender({ sender, messagingServiceSids }: Account, { from, messagingServiceSid }: SendForm): boolean {
  if (messagingServiceSid !== null && !messagingServiceSids.includes(messagingServiceSid)) return false;
  return from === null || from === sender;
}

/** Why the message will not arrive, or null. */
function failureOf(line: Line, form: SendForm, nowMs: number): number | null {
  const { environment, joined, customerWindow, contents, failingLinks } = line.account;
  const isJoined = joined.includes(form.to) || (line.joinedUntilMs.get(form.to) ?? 0) > nowMs;
  if (environment === 'sandbox' && !isJoined) return 63015;
  const content = form.contentSid === null ? undefined : contents?.[form.contentSid];
  const isTemplate = form.contentSid !== null && (content?.approved ?? true);
  const isOpen = (line.openUntilMs.get(form.to) ?? 0) > nowMs;
  if (customerWindow && !isTemplate && !isOpen) return 63016;
  if (content !== undefined && content.variables !== Object.keys(form.variables).length) return 63028;
  const hosts = form.mediaUrls.map((url) => URL.parse(url)?.hostname ?? '');
  return Object.entries(failingLinks).find(([ending]) => hosts.some((host) => host.endsWith(ending)))?.[1] ?? null;
}

function sendFacts(sender: string | null, form: SendForm | null): Facts {
  if (form === null) return factsOf('send', sender);
  const { to, contentSid, mediaUrls, location, body, variables, statusCallback } = form;
  const plain = location === null ? 'text' : 'location';
  const media = mediaUrls.length > 0 ? 'media' : plain;
  return factsOf('send', sender, {
    to,
    type: contentSid === null ? media : 'content',
    text: contentSid === null ? body : JSON.stringify(variables),
    callbackData: statusCallback === null ? null : (URL.parse(statusCallback)?.searchParams.get('m') ?? null),
  });
}
