import type { Audit } from '@posthorn/channel-admin';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { byOf, type Operator } from './logins.ts';

/** Longer than any name of ours; what is not ours is cut. */
const nameMax = 128;

/**
 * Keeps who asked for what with every request of this scope that is not mere reading, also those of Bull Board's routes and of
 * ones to come, before its answer goes out: nobody is told that something was done which is not in the books. What the admins of
 * `channel-admin` did they have told themselves, with more; that is not told twice.
 */
export function auditChanges(
  scope: FastifyInstance,
  {
    audit,
    operatorOf,
  }: { readonly audit: Pick<Audit, 'record'>; readonly operatorOf: (request: FastifyRequest) => Operator | null },
): void {
  scope.addHook('onSend', async (request, reply) => {
    const operator = operatorOf(request);
    if (operator === null || request.method === 'GET' || request.method === 'HEAD') return;
    const { statusCode } = reply;
    if (toldStatuses.get(request.routeOptions.url ?? '')?.has(statusCode) === true) return;
    const entry = { by: byOf(operator), action: whatIs(request), tenantId: '*', channelId: null, changed: [] };
    await audit.record({ ...entry, result: wordOf(statusCode) });
  });
}

const retried = '/queues/api/queues/:queueName';
/** What these routes answer once an admin has told of it. */
const toldStatuses: ReadonlyMap<string, ReadonlySet<number>> = new Map([
  ['/channels/:id/:action', new Set([303])],
  ['/held/:id', new Set([303, 409])],
  ['/pauses', new Set([303])],
  ['/dead-letters/:id', new Set([303, 409])],
  ['/replay-runs', new Set([303])],
  ['/replay-runs/:id/abort', new Set([303])],
  [`${retried}/:jobId/retry`, new Set([204, 409])],
  [`${retried}/retry/:queueStatus`, new Set([200, 409])],
]);

function wordOf(status: number): string {
  if (status < 400) return 'done';
  return `${status < 500 ? 'refused' : 'failed'} (${status})`;
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
  if (route === '/dead-letters/:id') return `replay ${named('id')}`;
  if (route === '/replay-runs') return `${asked('action')} replay run`;
  if (route === '/replay-runs/:id/abort') return `abort replay run ${named('id')}`;
  if (route === '/sign-out') return 'sign out';
  if (route.endsWith('/:queueName/:jobId/retry')) return `replay ${named('jobId')}`;
  if (route.endsWith('/:queueName/retry/:queueStatus')) return `replay all of ${named('queueName')}`;
  // The pattern, not the address: what stands in that was written by whoever called.
  return route === '' ? 'something that is not there' : `${request.method} ${route} ${named('queueName')}`.trimEnd();
}
