import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { factsOf } from '../exchange-parts.ts';
import type { Line, TwilioContext } from './context.ts';
import type { Exchange } from './exchange.ts';

const url = z.url({ protocol: /^https?$/ }).max(2048);
const method = z.enum(['POST', 'PUT']);
const senderSchema = z.strictObject({
  webhook: z.strictObject({
    callback_url: url.optional(),
    callback_method: method.optional(),
    fallback_url: url.optional(),
    fallback_method: method.optional(),
    status_callback_url: url.optional(),
    status_callback_method: method.optional(),
  }),
});
const serviceNames: ReadonlySet<string> = new Set([
  'FriendlyName',
  'InboundRequestUrl',
  'InboundMethod',
  'FallbackUrl',
  'FallbackMethod',
  'StatusCallback',
  'ValidityPeriod',
  'UseInboundWebhookOnNumber',
]);
const action = z.strictObject({ title: z.string().min(1), id: z.string().min(1) });
const item = z.strictObject({ item: z.string().min(1), id: z.string().min(1), description: z.string().optional() });
const contentSchema = z.strictObject({
  friendly_name: z.string().min(1).max(64),
  language: z.string().regex(/^[a-z]{2,3}(?:_[A-Z]{2})?$/),
  variables: z.record(z.string().regex(/^\d{1,3}$/), z.string().min(1)),
  types: z
    .strictObject({
      'twilio/quick-reply': z.strictObject({ body: z.string().min(1), actions: z.array(action).min(1).max(10) }),
      'twilio/list-picker': z.strictObject({
        body: z.string().min(1),
        button: z.string().min(1),
        items: z.array(item).min(1).max(10),
      }),
      'twilio/call-to-action': z.strictObject({
        body: z.string().min(1),
        actions: z
          .array(z.strictObject({ type: z.literal('URL'), title: z.string().min(1), url: z.string().min(1) }))
          .min(1)
          .max(2),
      }),
    })
    .partial()
    .refine((types) => Object.keys(types).length === 1, 'expected one type'),
});
const contentQuery = z.object({
  PageSize: z.coerce.number().int().min(1).max(500).default(50),
  Page: z.coerce.number().default(0),
});

/**
 * What is done once for a sender: the account is read, webhooks are set (Senders API, messaging services), and contents are made. At Twilio
 * these are hosts of their own (api, messaging, content); here all are on one port.
 */
export function setUpRoutes(
  context: TwilioContext,
  exchange: Exchange,
  isAuthorised: (request: FastifyRequest, own: readonly Line[]) => boolean,
) {
  const { lines, contents } = context;

  /** The senders of the account that the credentials are of. Null: of none, and refused. */
  function authorise(request: FastifyRequest, reply: FastifyReply): readonly [string, readonly Line[]] | null {
    const sids = new Set([...lines.values()].map(({ account }) => account.accountSid));
    for (const sid of sids) {
      const own = [...lines.values()].filter(({ account }) => account.accountSid === sid);
      if (isAuthorised(request, own)) return [sid, own];
    }
    exchange.refuse(request, reply, factsOf('setUp', null), { code: 20003 });
    return null;
  }

  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (
      sid: string,
      own: readonly Line[],
    ) => { readonly status: number; readonly body: unknown } | { readonly code: number },
  ): Promise<FastifyReply> {
    const found = authorise(request, reply);
    if (found === null) return reply;
    const facts = factsOf('setUp', found[1][0]?.account.sender ?? null);
    const verdict = exchange.verdict(facts);
    await exchange.pause(verdict.delayMs);
    const played = exchange.play(request, reply, facts, verdict, () => null);
    if (played !== null) return played;
    const result = work(...found);
    if ('code' in result) return exchange.refuse(request, reply, facts, result);
    return exchange.succeed(request, reply, facts, { ...result, faultId: verdict.faultId });
  }

  return async function register(app: FastifyInstance): Promise<void> {
    app.get<{ Params: { file: string } }>('/2010-04-01/Accounts/:file', (request, reply) =>
      answer(request, reply, (sid) =>
        request.params.file === `${sid}.json`
          ? { status: 200, body: { sid, friendly_name: 'Sandbox', status: 'active', type: 'Full' } }
          : { code: 20404 },
      ),
    );
    app.get('/v2/Channels/Senders', (request, reply) =>
      answer(request, reply, (_sid, own) => {
        const senders = own.map(({ account }) => ({
          sid: senderSidOf(account.sender),
          status: 'ONLINE',
          sender_id: `whatsapp:${account.sender}`,
        }));
        return {
          status: 200,
          body: { senders, meta: { page: 0, page_size: 50, next_page_url: null, key: 'senders' } },
        };
      }),
    );
    app.post<{ Params: { sid: string } }>('/v2/Channels/Senders/:sid', (request, reply) =>
      answer(request, reply, (_sid, own) => {
        const line = own.find(({ account }) => senderSidOf(account.sender) === request.params.sid);
        if (line === undefined) return { code: 20404 };
        const asked = senderSchema.safeParse(request.body);
        if (!asked.success) return { code: 20001 };
        const { callback_url: webhookUrl, status_callback_url: statusCallbackUrl } = asked.data.webhook;
        line.account = {
          ...line.account,
          ...(webhookUrl !== undefined && { webhookUrl }),
          ...(statusCallbackUrl !== undefined && { statusCallbackUrl }),
        };
        const body = { sid: request.params.sid, status: 'ONLINE:UPDATING', webhook: asked.data.webhook };
        return { status: 202, body };
      }),
    );
    app.post<{ Params: { sid: string } }>('/v1/Services/:sid', (request, reply) =>
      answer(request, reply, (_sid, own) => {
        const members = own.filter(({ account }) => account.messagingServiceSids.includes(request.params.sid));
        if (members.length === 0) return { code: 20404 };
        const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
        const inbound = url.safeParse(form.get('InboundRequestUrl'));
        if ([...form.keys()].some((name) => !serviceNames.has(name)) || !inbound.success) return { code: 20001 };
        for (const line of members) {
          line.account = { ...line.account, webhookUrl: inbound.data, statusCallbackUrl: form.get('StatusCallback') };
        }
        return { status: 200, body: { sid: request.params.sid, inbound_request_url: inbound.data } };
      }),
    );
    app.get('/v1/Content', (request, reply) =>
      answer(request, reply, (sid) => {
        const { PageSize: size, Page: page } = contentQuery.parse(request.query);
        const all = [...(contents.get(sid)?.values() ?? [])];
        const shown = all.slice(page * size, (page + 1) * size);
        const next =
          (page + 1) * size < all.length
            ? `${context.baseUrl() ?? ''}/v1/Content?PageSize=${size}&Page=${page + 1}`
            : null;
        return {
          status: 200,
          body: { contents: shown, meta: { page, page_size: size, next_page_url: next, key: 'contents' } },
        };
      }),
    );
    app.post('/v1/Content', (request, reply) =>
      answer(request, reply, (accountSid) => {
        const asked = contentSchema.safeParse(request.body);
        if (!asked.success) return { code: 20001 };
        const sid = context.newSid('HX');
        const known = contents.get(accountSid) ?? [];
        contents.set(accountSid, new Map([...known, [sid, { sid, ...asked.data }]]));
        return { status: 201, body: { sid, account_sid: accountSid, ...asked.data } };
      }),
    );
  };
}

/** The SID of a sender: its number, as far as it fits. */
function senderSidOf(sender: string): string {
  return `XE${sender.slice(1).padStart(32, '0')}`;
}
