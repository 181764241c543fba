import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { factsOf } from '../exchange-parts.ts';
import { authorise } from './authorise.ts';
import type { CloudContext, Line } from './context.ts';
import type { GraphProblem } from './errors.ts';
import type { Exchange, Facts } from './exchange.ts';
import { shakeHands } from './handshake.ts';

const versionSchema = z.object({ version: z.string() });
const idSchema = versionSchema.extend({ id: z.string() });
const tokenQuery = z.object({ client_id: z.string(), client_secret: z.string(), code: z.string() });
const overrideSchema = z
  .object({ override_callback_uri: z.url({ protocol: /^https?$/ }).max(200), verify_token: z.string().min(1) })
  .partial();
const registerSchema = z.object({
  messaging_product: z.literal('whatsapp'),
  pin: z.string().regex(/^\d{6}$/),
  data_localization_region: z.string().optional(),
});

const done = { success: true };

/** What follows embedded signup: code to token, the app subscribed to the account, the number registered with its PIN. */
export function signupRoutes(context: CloudContext, exchange: Exchange) {
  const { lines, codes, http, random } = context;

  /** Answers with what `work` gives, or with a fault that is to be played in its place. */
  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    facts: Facts,
    work: () => Promise<GraphProblem | { readonly body: object }>,
  ): Promise<FastifyReply> {
    const verdict = exchange.verdict(facts);
    if (verdict.delayMs > 0) await exchange.pause(verdict.delayMs);
    const { action } = verdict;
    // Done, but not told: what the other side must be able to stand.
    if (action !== null && 'taken' in action && action.taken) await work();
    const played = exchange.play(request, reply, facts, verdict, () => null);
    if (played !== null) return played;
    const result = await work();
    if ('code' in result) return exchange.refuse(request, reply, facts, result);
    return exchange.succeed(request, reply, facts, result.body, null, verdict.faultId);
  }

  /** The line of that account (by its own id or the number's) that the token opens. */
  function lineOf(request: FastifyRequest, of: (line: Line) => string) {
    const { version, id } = idSchema.parse(request.params);
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    const own = [...lines.values()].find((line) => of(line) === id && line.account.accessToken === token);
    return authorise(context, request, version, id, own?.account.phoneNumberId ?? null);
  }

  async function redeem(query: unknown): Promise<GraphProblem | { readonly body: object }> {
    const asked = tokenQuery.safeParse(query);
    if (!asked.success) return { code: 100, message: 'Missing client_id, client_secret or code parameter.' };
    const { client_id, client_secret, code } = asked.data;
    const isApp = [...lines.values()].some(
      ({ account }) => account.appId === client_id && account.appSecret === client_secret,
    );
    if (!isApp) return { code: 1, message: 'Error validating client secret.' };
    const redeemed = codes.redeem(code);
    switch (redeemed.kind) {
      case 'used':
        return { code: 100, subcode: 36_009, message: 'This authorization code has been used.' };
      case 'expired':
        return { code: 100, subcode: 36_007, message: 'This authorization code has expired.' };
      case 'unknown':
        return { code: 100, message: 'Invalid verification code format.' };
      case 'good': {
        const token = lines.get(redeemed.phoneNumberId)?.account.accessToken;
        if (token === undefined) return { code: 100, message: 'Invalid verification code format.' };
        return { body: { access_token: token, token_type: 'bearer', expires_in: 5_184_000 } };
      }
      default:
        return redeemed satisfies never;
    }
  }

  async function subscribe(line: Line, body: unknown): Promise<GraphProblem | { readonly body: object }> {
    const asked = overrideSchema.safeParse(body ?? {});
    if (!asked.success) return { code: 100, message: '(#100) Invalid parameter' };
    const { override_callback_uri: url, verify_token: verifyToken } = asked.data;
    if (url === undefined) return { body: done };
    if (verifyToken === undefined) return { code: 100, message: '(#100) verify_token is required' };
    const webhook = { url, verifyToken };
    const { kind } = await shakeHands({ ...line.account, webhook }, http, random);
    if (kind !== 'verified') return { code: 2200, message: '(#2200) Callback verification failed' };
    for (const each of lines.values()) {
      if (each.account.wabaId === line.account.wabaId) each.account = { ...each.account, webhook };
    }
    return { body: done };
  }

  async function register(line: Line, body: unknown): Promise<GraphProblem | { readonly body: object }> {
    const asked = registerSchema.safeParse(body);
    if (!asked.success) return { code: 100, message: '(#100) Invalid parameter', details: 'Expected pin: six digits.' };
    const { pin } = line.account;
    if (pin !== null && pin !== asked.data.pin) return { code: 133_005 };
    line.account = { ...line.account, pin: asked.data.pin, registered: true };
    return { body: done };
  }

  return async function routes(app: FastifyInstance): Promise<void> {
    app.get('/oauth/access_token', async (request, reply) =>
      answer(request, reply, factsOf('token', null), async () => redeem(request.query)),
    );
    app.post('/:id/subscribed_apps', async (request, reply) => {
      const found = lineOf(request, ({ account }) => account.wabaId);
      const facts = factsOf('webhooks', found.kind === 'ok' ? found.line.account.phoneNumberId : null);
      if (found.kind === 'refused') return exchange.refuse(request, reply, facts, found.problem);
      return answer(request, reply, facts, async () => subscribe(found.line, request.body));
    });
    app.post('/:id/register', async (request, reply) => {
      const found = lineOf(request, ({ account }) => account.phoneNumberId);
      const facts = factsOf('register', found.kind === 'ok' ? found.line.account.phoneNumberId : null);
      if (found.kind === 'refused') return exchange.refuse(request, reply, facts, found.problem);
      return answer(request, reply, facts, async () => register(found.line, request.body));
    });
    app.post('/:id/deregister', async (request, reply) => {
      const found = lineOf(request, ({ account }) => account.phoneNumberId);
      const facts = factsOf('register', found.kind === 'ok' ? found.line.account.phoneNumberId : null);
      if (found.kind === 'refused') return exchange.refuse(request, reply, facts, found.problem);
      return answer(request, reply, facts, async () => {
        found.line.account = { ...found.line.account, registered: false };
        return { body: done };
      });
    });
  };
}
