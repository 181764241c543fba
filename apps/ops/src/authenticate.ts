import basicAuth from '@fastify/basic-auth';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sessions } from './create-sessions.ts';
import type { FailedLogins } from './failed-logins.ts';
import type { LoginLimit } from './login-limit.ts';
import { findLogin, type Login, type Operator } from './logins.ts';
import { readSessionCookie } from './session-cookie.ts';

interface AuthenticateDeps {
  readonly logins: readonly Login[];
  readonly sessions: Sessions;
  readonly limit: LoginLimit;
  readonly failed: FailedLogins;
}

/**
 * Puts everything registered in this scope afterwards behind a session, or Basic authentication for scripts, with a limit on failed
 * tries; a session is not subject to it. A viewer only reads. Gives the way to ask who calls.
 */
export async function authenticate(
  scope: FastifyInstance,
  { logins, sessions, limit, failed }: AuthenticateDeps,
): Promise<(request: Pick<FastifyRequest, 'headers'>) => Operator | null> {
  // By the object of headers: it is what Bull Board hands on of a request.
  const operatorByHeaders = new WeakMap<FastifyRequest['headers'], Operator>();

  await scope.register(basicAuth, {
    validate: async (user, password, request) => {
      const login = findLogin(logins, user, password);
      if (login !== null) {
        limit.succeeded(request.ip);
        operatorByHeaders.set(request.headers, login);
        return;
      }
      limit.failed(request.ip);
      await failed.tell(user, request.ip);
      throw new Error('wrong user or password');
    },
  });

  scope.addHook('onRequest', async (request, reply) => {
    const token = readSessionCookie(request);
    const session = token === null ? null : await sessions.read(token);
    if (session !== null) operatorByHeaders.set(request.headers, session);
    else if (request.headers.authorization !== undefined) {
      const waitMs = limit.waitMs(request.ip);
      if (waitMs > 0) return await sayWait(reply, waitMs);
      if (!(await hasLogin(scope, request, reply))) return await askToSignIn(request, reply);
    } else return await askToSignIn(request, reply);
    const mayChange = operatorByHeaders.get(request.headers)?.role === 'operator';
    if (mayChange || isReading(request) || request.routeOptions.url === '/sign-out') return undefined;
    return await say(reply.code(403), 'A viewer changes nothing here. Ask an operator, or sign in as one.');
  });

  return ({ headers }) => operatorByHeaders.get(headers) ?? null;
}

export function isReading({ method }: Pick<FastifyRequest, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD';
}

async function hasLogin(scope: FastifyInstance, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  scope.basicAuth(request, reply, (error) => resolve(error === undefined));
  return await promise;
}

/** A browser that opens a page gets the one to sign in; scripts and Bull Board's own calls get words. */
async function askToSignIn(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const wantsPage = request.method === 'GET' && request.headers.accept?.includes('text/html') === true;
  if (wantsPage) return await reply.redirect(`/sign-in?to=${encodeURIComponent(request.url)}`, 303);
  // No challenge of Basic: browsers would ask by themselves, remember the password, and send it along from then on.
  return await say(
    reply.code(401).header('www-authenticate', 'Session realm="posthorn ops"'),
    'Sign in at /sign-in, or send user and password (Authorization: Basic).',
  );
}

async function sayWait(reply: FastifyReply, waitMs: number): Promise<FastifyReply> {
  const seconds = Math.ceil(waitMs / 1_000);
  return await say(
    reply.code(429).header('retry-after', seconds),
    `Too many failed logins from this address; the next try is looked at in ${seconds} s.`,
  );
}

async function say(reply: FastifyReply, words: string): Promise<FastifyReply> {
  return await reply.type('text/plain; charset=utf-8').send(`${words}\n`);
}
