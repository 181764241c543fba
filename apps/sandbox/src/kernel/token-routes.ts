import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { factsOf } from '../exchange-parts.ts';
import type { Account } from './account.ts';
import type { KernelContext } from './context.ts';
import type { Exchange } from './exchange.ts';

type TokenProblem = { readonly status: 400 | 401; readonly error: string; readonly says: string };

/** `POST /token`: client credentials with HTTP Basic, as RFC 6749 has it. Any number of tokens of a client are good at once. */
export function tokenRoutes(context: KernelContext, exchange: Exchange) {
  const { clock, lines, tokens } = context;

  function issue(account: Account): string {
    const nowMs = clock.now();
    for (const [token, { expiresAtMs }] of tokens) if (expiresAtMs + 60_000 < nowMs) tokens.delete(token);
    const token = `kt_${randomBytes(18).toString('base64url')}`;
    tokens.set(token, { clientId: account.clientId, expiresAtMs: nowMs + account.tokenLifeMs });
    return token;
  }

  return async function register(app: FastifyInstance): Promise<void> {
    app.post('/token', async (request, reply) => {
      const client = clientIn(request);
      const account = client === null ? undefined : lines.get(client.id)?.account;
      const facts = factsOf('token', account?.clientId ?? null);
      const verdict = exchange.verdict(facts);
      await exchange.pause(verdict.delayMs);
      const played = exchange.play(request, reply, facts, verdict, () => null);
      if (played !== null) return played;
      const isKnown = account !== undefined && client !== null && isSame(client.secret, account.clientSecret);
      const problem = isKnown
        ? problemOf(request.body, account)
        : ({ status: 401, error: 'invalid_client', says: 'Client authentication failed' } as const);
      if (problem !== null || account === undefined) {
        const { status, error, says } = problem ?? { status: 401, error: 'invalid_client', says: '' };
        if (status === 401) void reply.header('www-authenticate', 'Basic realm="kernel"');
        return exchange.plain(request, reply, facts, status, { error, error_description: says });
      }
      return exchange.plain(request, reply, facts, 200, {
        access_token: issue(account),
        token_type: 'Bearer',
        expires_in: account.tokenLifeMs / 1000,
        ...(account.scopes !== null && { scope: account.scopes }),
      });
    });
  };
}

function clientIn({ headers }: FastifyRequest): { readonly id: string; readonly secret: string } | null {
  const basic = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(headers.authorization ?? '')?.[1];
  if (basic === undefined) return null;
  const [id, secret, ...rest] = Buffer.from(basic, 'base64').toString().split(':');
  if (id === undefined || secret === undefined || rest.length > 0) return null;
  const decoded = new URLSearchParams(`id=${id}&secret=${secret}`);
  return { id: decoded.get('id') ?? '', secret: decoded.get('secret') ?? '' };
}

const parameters: ReadonlySet<string> = new Set(['grant_type', 'scope', 'purpose']);

function problemOf(body: unknown, { scopes, purposes }: Account): TokenProblem | null {
  if (typeof body !== 'string') return { status: 400, error: 'invalid_request', says: 'Expected a form' };
  const form = new URLSearchParams(body);
  const names = [...form.keys()];
  if (names.some((name) => !parameters.has(name)) || new Set(names).size < names.length) {
    return { status: 400, error: 'invalid_request', says: 'A parameter is unknown, or comes twice' };
  }
  if (form.get('grant_type') !== 'client_credentials') {
    return { status: 400, error: 'unsupported_grant_type', says: 'Expected client_credentials' };
  }
  const isAllowed =
    (scopes === null || form.get('scope') === scopes) && (purposes === null || form.get('purpose') === purposes);
  return isAllowed ? null : { status: 400, error: 'invalid_scope', says: 'Scope or purpose is not that of the client' };
}

function isSame(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
