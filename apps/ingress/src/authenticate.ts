import { bearerOf, mayAct, type Access, type Caller, type FailureLimit } from '@posthorn/access';
import type { TenantId } from '@posthorn/message';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AnswerProblem } from './answer-problem.ts';
import { neededRoles } from './declare-role.ts';
import { forbidden, tooManyFailures, unauthenticated } from './problems.ts';

interface AuthenticateDeps {
  readonly access: Pick<Access, 'authenticate'>;
  readonly failures: FailureLimit;
  readonly answerProblem: AnswerProblem;
}

/** What is kept of a caller with its request. */
interface KnownCaller {
  readonly tenantId: TenantId;
  readonly by: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** There on routes behind authentication, once the key was looked up. */
    caller?: KnownCaller | null;
  }
}

/** Who calls, asked behind authentication. */
export interface CallerOf {
  readonly tenantOf: (request: FastifyRequest) => TenantId;
  /** As the audit names it: by the id of the key. */
  readonly byOf: (request: FastifyRequest) => string;
}

/** Lets only callers with a key of the route's role into this part of the app. Gives the ways to ask who calls. */
export function authenticate(app: FastifyInstance, { access, failures, answerProblem }: AuthenticateDeps): CallerOf {
  app.decorateRequest('caller', null);
  app.addHook('onRoute', (route) => void neededRoles(route));
  // Before the body is read: strangers do not get to send us a megabyte.
  app.addHook('onRequest', async (request, reply) => {
    const key = bearerOf(request.headers.authorization);
    if (key === null) return answerProblem(request, reply, unauthenticated);
    // Looked up however many failed before: a valid key always passes.
    const caller = await access.authenticate(key);
    if (caller === null) return refuseKey(request, reply);
    if (!mayCall(caller, request)) return answerProblem(request, reply, forbidden(rolesOf(request), caller.role));
    request.caller = { tenantId: caller.tenantId, by: `api:${caller.keyId}` };
    return undefined;
  });

  function refuseKey(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const waitMs = failures.failed(request.ip);
    if (waitMs === 0) return answerProblem(request, reply, unauthenticated);
    return answerProblem(request, reply.header('retry-after', String(Math.ceil(waitMs / 1000))), tooManyFailures);
  }

  const callerOf = ({ caller }: FastifyRequest) => {
    if (caller === undefined || caller === null)
      throw new Error('a route behind authentication was reached without it');
    return caller;
  };
  return { tenantOf: (request) => callerOf(request).tenantId, byOf: (request) => callerOf(request).by };
}

function mayCall(caller: Caller, request: FastifyRequest): boolean {
  // Nothing is there: which role would be needed for it is no question.
  return request.is404 || mayAct(caller.role, request.routeOptions.config.role ?? []);
}

function rolesOf({ routeOptions }: FastifyRequest) {
  return neededRoles({ url: routeOptions.url ?? '', config: routeOptions.config });
}
