import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { factsOf } from '../exchange-parts.ts';
import type { InfobipContext } from './context.ts';
import type { Exchange, Refusal } from './exchange.ts';

const oauthSchema = z.strictObject({
  client_id: z.string(),
  client_secret: z.string(),
  grant_type: z.literal('client_credentials'),
});
const sessionSchema = z.strictObject({ username: z.string(), password: z.string(), unsafe: z.boolean().optional() });

/** A session ends after so long without a call. */
const SESSION_IDLE_MS = 3_600_000;

/** `POST /auth/1/oauth2/token` (a form) and `POST /auth/1/session` (JSON). */
export function tokenRoutes({ lines, tokens }: InfobipContext, exchange: Exchange) {
  const accountOf = (username: string, password: string) =>
    [...lines.values()].find(({ account: { user } }) => user?.username === username && user.password === password)
      ?.account;

  async function issue(
    request: FastifyRequest,
    reply: FastifyReply,
    username: string,
    password: string,
    give: (lifeSeconds: number) => unknown,
    wrong: Refusal | null,
  ): Promise<FastifyReply> {
    const account = accountOf(username, password);
    const facts = factsOf('token', account?.sender ?? null);
    if (wrong !== null) return exchange.refuse(request, reply, facts, wrong);
    const verdict = exchange.verdict(facts);
    await exchange.pause(verdict.delayMs);
    const played = exchange.play(request, reply, facts, verdict, () => null);
    if (played !== null) return played;
    if (account === undefined) return exchange.refuse(request, reply, facts, { status: 401 });
    return exchange.answer(request, reply, facts, give(account.tokenLifeSeconds));
  }

  return async function register(app: FastifyInstance): Promise<void> {
    app.post('/auth/1/oauth2/token', (request, reply) => {
      const isForm = typeof request.body === 'string';
      const form = oauthSchema.safeParse(isForm ? Object.fromEntries(new URLSearchParams(String(request.body))) : null);
      const { client_id: username = '', client_secret: password = '' } = form.data ?? {};
      const give = (lifeSeconds: number) => ({
        access_token: tokens.issue('oauth', username, lifeSeconds * 1000),
        token_type: 'Bearer',
        expires_in: lifeSeconds,
      });
      return issue(request, reply, username, password, give, form.success ? null : { status: 400 });
    });
    app.post('/auth/1/session', (request, reply) => {
      const session = sessionSchema.safeParse(request.body);
      const { username = '', password = '' } = session.data ?? {};
      const give = () => ({ token: tokens.issue('session', username, SESSION_IDLE_MS) });
      return issue(request, reply, username, password, give, session.success ? null : { status: 400 });
    });
  };
}
