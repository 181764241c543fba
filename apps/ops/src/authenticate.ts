import { createHash, timingSafeEqual } from 'node:crypto';
import basicAuth from '@fastify/basic-auth';
import type { Log } from '@posthorn/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LoginLimit } from './login-limit.ts';

/** Who may look and act. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Puts everything registered in this scope afterwards behind Basic authentication, with a limit on failed tries. */
export async function authenticate(
  scope: FastifyInstance,
  { login, limit, log, failed }: { login: Login; limit: LoginLimit; log: Log; failed: () => void },
): Promise<void> {
  await scope.register(basicAuth, {
    authenticate: { realm: 'posthorn ops' },
    validate: async (user, password, request) => {
      // Both are compared, whatever the first one says: the time must not tell which was wrong.
      const [rightUser, rightPassword] = [isSame(user, login.user), isSame(password, login.password)];
      if (rightUser && rightPassword) {
        limit.succeeded(request.ip);
        return;
      }
      limit.failed(request.ip);
      failed();
      log.warn({ address: request.ip }, 'a login to ops failed');
      throw new Error('wrong user or password');
    },
  });

  scope.addHook('onRequest', async (request, reply) => {
    const waitMs = limit.waitMs(request.ip);
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1_000);
      return await say(
        reply.code(429).header('retry-after', seconds),
        `Too many failed logins from this address; the next try is looked at in ${seconds} s.`,
      );
    }
    if (await hasLogin(scope, request, reply)) return undefined;
    return await say(reply.code(401), 'Log in with the user and password that ops was started with.');
  });
}

async function hasLogin(scope: FastifyInstance, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  scope.basicAuth(request, reply, (error) => resolve(error === undefined));
  return await promise;
}

async function say(reply: FastifyReply, words: string): Promise<FastifyReply> {
  return await reply.type('text/plain; charset=utf-8').send(`${words}\n`);
}

/** In constant time, whatever the lengths. */
function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(expected).digest());
}
