import type { Audit } from '@posthorn/channel-admin';
import type { Log } from '@posthorn/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Sessions } from './create-sessions.ts';
import type { LoginLimit } from './login-limit.ts';
import type { FailedLogins } from './failed-logins.ts';
import { byOf, findLogin, type Login } from './logins.ts';
import { pageStyle } from './page.ts';
import { readSessionCookie, sessionCookie } from './session-cookie.ts';
import { signInPage } from './sign-in-page.ts';

export interface SignInDeps {
  readonly logins: readonly Login[];
  readonly sessions: Sessions;
  readonly audit: Pick<Audit, 'record'>;
  readonly limit: LoginLimit;
  readonly log: Log;
  readonly failed: FailedLogins;
}

const formSchema = z.object({
  user: z.string().max(64).default(''),
  password: z.string().max(1024).default(''),
  to: z.string().max(1024).default('/'),
});

/** The page to sign in, and what it needs; open to everybody. */
export function signInRoutes(scope: FastifyInstance, deps: SignInDeps): void {
  const { logins, sessions, audit, limit, log } = deps;

  scope.get('/ops.css', async (_request, reply) => await reply.type('text/css; charset=utf-8').send(pageStyle));

  scope.get('/sign-in', async (request, reply) => {
    const { to } = formSchema.parse(request.query);
    return await show(reply, 200, { to: localPath(to), user: '', fault: null });
  });

  scope.post('/sign-in', async (request, reply) => {
    const { user, password, to } = formSchema.safeParse(request.body).data ?? { user: '', password: '', to: '/' };
    const waitMs = limit.waitMs(request.ip);
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      reply.header('retry-after', seconds);
      const fault = `Too many failed logins from this address; the next try is looked at in ${seconds} s.`;
      return await show(reply, 429, { to: localPath(to), user, fault });
    }
    const login = findLogin(logins, user, password);
    if (login === null) {
      limit.failed(request.ip);
      await deps.failed.tell(user, request.ip);
      return await show(reply, 401, { to: localPath(to), user, fault: 'This user and password do not fit.' });
    }
    limit.succeeded(request.ip);
    // An older session of this browser ends: a cookie planted before is worth nothing afterwards.
    await endSession(request);
    const { token, maxAgeSeconds } = sessions.begin(login);
    const entry = { by: byOf(login), action: 'sign in', tenantId: '*', channelId: null, changed: [] };
    await audit.record({ ...entry, result: 'done' });
    log.info({ by: login.user, role: login.role }, 'signed in to ops');
    return await reply.header('set-cookie', sessionCookie(request, token, maxAgeSeconds)).redirect(localPath(to), 303);
  });

  async function endSession(request: FastifyRequest): Promise<void> {
    const token = readSessionCookie(request);
    if (token !== null) await sessions.end(token);
  }
}

/** Ends the session; behind authentication, so that it is known whose. */
export function signOutRoute(scope: FastifyInstance, { sessions }: Pick<SignInDeps, 'sessions'>): void {
  scope.post('/sign-out', async (request, reply) => {
    const token = readSessionCookie(request);
    if (token !== null) await sessions.end(token);
    return await reply.header('set-cookie', sessionCookie(request, '', 0)).redirect('/sign-in', 303);
  });
}

async function show(
  reply: FastifyReply,
  status: number,
  shown: Parameters<typeof signInPage>[0],
): Promise<FastifyReply> {
  return await reply.code(status).type('text/html; charset=utf-8').send(signInPage(shown));
}

/** Only places of ours: `//host` and `/\host` would lead away. */
export function localPath(to: string): string {
  const url = to.startsWith('/') ? URL.parse(to, 'http://ops.invalid') : null;
  return url?.origin === 'http://ops.invalid' ? `${url.pathname}${url.search}`.replace(/^\/{2,}/u, '/') : '/';
}
