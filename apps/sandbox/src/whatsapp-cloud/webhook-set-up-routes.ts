import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { factsOf } from '../exchange-parts.ts';
import { authorise } from './authorise.ts';
import type { CloudContext, Line } from './context.ts';
import type { GraphProblem } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { shakeHands } from './handshake.ts';

const paramsSchema = z.object({ version: z.string(), id: z.string().optional(), mediaId: z.string().optional() });
const url = z.url({ protocol: /^https?$/ }).max(200);
const proof = { appsecret_proof: z.string().optional() };
const overrideSchema = z.strictObject({
  ...proof,
  webhook_configuration: z.union([
    z.strictObject({ override_callback_uri: z.literal('') }),
    z.strictObject({ override_callback_uri: url, verify_token: z.string().min(1) }),
  ]),
});
const appSchema = z.strictObject({
  object: z.literal('whatsapp_business_account'),
  callback_url: url,
  verify_token: z.string().min(1),
  fields: z.string().regex(/^[a-z_]+(?:,[a-z_]+)*$/),
});

const done = { success: true };
const notVerified: GraphProblem = { code: 2200, message: '(#2200) Callback verification failed' };

/**
 * Where webhooks go: the override of a number, the address of an app, the apps subscribed to an account, and a number with its fields. What is
 * set last counts here; Meta's order (number, account, app) is told by the fields of the number.
 */
export function webhookSetUpRoutes(context: CloudContext, exchange: Exchange) {
  const { lines, http, random } = context;
  /** Addresses by number, and by app. */
  const byNumber = new Map<string, string>();
  const byApp = new Map<string, string>();

  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    of: (line: Line) => string,
    work: (line: Line) => Promise<GraphProblem | { readonly body: object }>,
  ): Promise<FastifyReply> {
    const { version, id } = paramsOf(request);
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    const own = [...lines.values()].find((line) => of(line) === id && line.account.accessToken === token);
    const found = authorise(context, request, version, id, own?.account.phoneNumberId ?? null);
    const facts = factsOf('webhooks', found.kind === 'ok' ? found.line.account.phoneNumberId : null);
    if (found.kind === 'refused') return exchange.refuse(request, reply, facts, found.problem);
    return settle(request, reply, facts, async () => await work(found.line));
  }

  async function settle(
    request: FastifyRequest,
    reply: FastifyReply,
    facts: Parameters<Exchange['verdict']>[0],
    work: () => Promise<GraphProblem | { readonly body: object }>,
  ): Promise<FastifyReply> {
    const verdict = exchange.verdict(facts);
    await exchange.pause(verdict.delayMs);
    const played = exchange.play(request, reply, facts, verdict, () => null);
    if (played !== null) return played;
    const result = await work();
    if ('code' in result) return exchange.refuse(request, reply, facts, result);
    return exchange.succeed(request, reply, facts, result.body, null, verdict.faultId);
  }

  async function isVerified(line: Line, webhook: NonNullable<Line['account']['webhook']>): Promise<boolean> {
    const { kind } = await shakeHands({ ...line.account, webhook }, http, random);
    return kind === 'verified';
  }

  async function override(line: Line, given: unknown): Promise<GraphProblem | { readonly body: object }> {
    const asked = overrideSchema.safeParse(given);
    if (!asked.success) return { code: 100, message: '(#100) Invalid parameter' };
    const { webhook_configuration: set } = asked.data;
    if (!('verify_token' in set)) {
      byNumber.delete(line.account.phoneNumberId);
      return { body: done };
    }
    const webhook = { url: set.override_callback_uri, verifyToken: set.verify_token };
    if (!(await isVerified(line, webhook))) return notVerified;
    byNumber.set(line.account.phoneNumberId, webhook.url);
    line.account = { ...line.account, webhook };
    return { body: done };
  }

  function fieldsOf({ account }: Line, given: unknown): { readonly body: object } {
    const { fields = 'id,display_phone_number,verified_name,quality_rating' } = z
      .object({ fields: z.string().optional() })
      .parse(given);
    const application = byApp.get(account.appId);
    const number = byNumber.get(account.phoneNumberId);
    const known: Readonly<Record<string, unknown>> = {
      id: account.phoneNumberId,
      display_phone_number: account.displayPhoneNumber,
      verified_name: 'Sandbox',
      quality_rating: 'GREEN',
      status: 'CONNECTED',
      name_status: 'APPROVED',
      webhook_configuration: {
        ...(number !== undefined && { phone_number: number }),
        ...(account.webhook !== null && { whatsapp_business_account: account.webhook.url }),
        ...(application !== undefined && { application }),
      },
    };
    const shown = ['id', ...fields.split(',')].flatMap((name) =>
      Object.hasOwn(known, name) ? [[name, known[name]]] : [],
    );
    return { body: Object.fromEntries(shown) };
  }

  /** With a token of the app: `<app id>|<app secret>`. */
  async function subscribeApp(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { id } = paramsOf(request);
    const facts = factsOf('webhooks', null);
    const own = [...lines.values()].filter(
      ({ account }) =>
        account.appId === id && request.headers.authorization === `Bearer ${account.appId}|${account.appSecret}`,
    );
    const [line] = own;
    if (line === undefined) {
      return exchange.refuse(request, reply, facts, { code: 190, status: 401, message: 'Invalid OAuth access token.' });
    }
    return settle(request, reply, facts, async () => {
      const asked = appSchema.safeParse(request.body);
      if (!asked.success) return { code: 100, message: '(#100) Invalid parameter' };
      const webhook = { url: asked.data.callback_url, verifyToken: asked.data.verify_token };
      if (!(await isVerified(line, webhook))) return notVerified;
      byApp.set(id, webhook.url);
      for (const each of own) each.account = { ...each.account, webhook };
      return { body: done };
    });
  }

  async function routes(app: FastifyInstance): Promise<void> {
    app.post('/:id/subscriptions', (request, reply) => subscribeApp(request, reply));
    app.get('/:id/subscribed_apps', (request, reply) =>
      answer(
        request,
        reply,
        ({ account }) => account.wabaId,
        async ({ account }) =>
          await Promise.resolve({
            body: {
              data: [
                { whatsapp_business_api_data: { id: account.appId, name: 'Sandbox', link: 'https://example.test' } },
              ],
            },
          }),
      ),
    );
    app.post('/:id', (request, reply) =>
      answer(
        request,
        reply,
        ({ account }) => account.phoneNumberId,
        async (line) => await override(line, request.body),
      ),
    );
  }

  return {
    routes,
    /** `GET /{phone-number-id}`: of one form with the address of a file, so that is where it is asked for. Null: it is no number. */
    readNumber: (request: FastifyRequest, reply: FastifyReply, id: string): Promise<FastifyReply> | null =>
      lines.has(id)
        ? answer(
            request,
            reply,
            ({ account }) => account.phoneNumberId,
            async (line) => await Promise.resolve(fieldsOf(line, request.query)),
          )
        : null,
  };
}

function paramsOf({ params }: FastifyRequest): { readonly version: string; readonly id: string } {
  const { version, id, mediaId } = paramsSchema.parse(params);
  return { version, id: id ?? mediaId ?? '' };
}
