import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AuditTrail } from './create-audit-trail.ts';
import type { Operator } from './logins.ts';

/** Longer than any name of ours; what is not ours is cut. */
const nameMax = 128;

/**
 * Keeps who asked for what with every request of this scope that is not mere reading, also those of Bull Board's routes and of
 * ones to come, before its answer goes out: nobody is told that something was done which is not in the books.
 */
export function auditChanges(
  scope: FastifyInstance,
  {
    audit,
    operatorOf,
  }: { readonly audit: AuditTrail; readonly operatorOf: (request: FastifyRequest) => Operator | null },
): void {
  scope.addHook('onSend', async (request, reply) => {
    const operator = operatorOf(request);
    if (operator === null || request.method === 'GET' || request.method === 'HEAD') return;
    await audit.record({ who: operator.user, what: whatIs(request), status: reply.statusCode });
  });
}

function whatIs(request: FastifyRequest): string {
  const named = (name: string): string => {
    const params: unknown = request.params;
    const found = typeof params === 'object' && params !== null ? Object.entries(params) : [];
    const value: unknown = found.find(([key]) => key === name)?.[1];
    return typeof value === 'string' ? value.slice(0, nameMax) : '';
  };
  const asked = (name: string): string => {
    const found = typeof request.body === 'object' && request.body !== null ? Object.entries(request.body) : [];
    const value: unknown = found.find(([key]) => key === name)?.[1];
    return typeof value === 'string' && /^[\w.-]+$/u.test(value) ? value.slice(0, nameMax) : '';
  };
  const route = request.routeOptions.url ?? '';
  if (route === '/channels/:id/:action') return `${named('action')} channel ${named('id')}`;
  if (route === '/held/:id') return `${asked('action')} held ${named('id')}`;
  if (route === '/pauses') return `${asked('action')} ${asked('scope')} ${asked('name')}`.trimEnd();
  if (route === '/sign-out') return 'sign out';
  if (route.endsWith('/:queueName/:jobId/retry')) return `replay ${named('jobId')}`;
  if (route.endsWith('/:queueName/retry/:queueStatus')) return `replay all of ${named('queueName')}`;
  // The pattern, not the address: what stands in that was written by whoever called.
  return route === '' ? 'something that is not there' : `${request.method} ${route} ${named('queueName')}`.trimEnd();
}
