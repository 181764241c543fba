import { bearerOf, type Access } from '@posthorn/access';
import { tenantIdSchema, type TenantId } from '@posthorn/message';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AnswerProblem } from './answer-problem.ts';
import { unauthenticated } from './problems.ts';

/** Lets only callers with a key into this part of the app. Gives the way to ask which tenant calls. */
export function authenticate(
  app: FastifyInstance,
  access: Pick<Access, 'authenticate'>,
  answerProblem: AnswerProblem,
): (request: FastifyRequest) => TenantId {
  const tenantByRequest = new WeakMap<FastifyRequest, TenantId>();
  // Before the body is read: strangers do not get to send us a megabyte.
  app.addHook('onRequest', async (request, reply) => {
    const key = bearerOf(request.headers.authorization);
    const caller = key === null ? null : await access.authenticate(key);
    if (caller === null) return answerProblem(request, reply, unauthenticated);
    tenantByRequest.set(request, tenantIdSchema.parse(caller.tenantId));
    return undefined;
  });
  return (request) => {
    const tenantId = tenantByRequest.get(request);
    if (tenantId === undefined) throw new Error('a route behind authentication was reached without it');
    return tenantId;
  };
}
