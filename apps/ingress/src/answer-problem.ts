import { problemContentType, type Problem } from '@posthorn/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IngressDeps } from './ingress-deps.ts';
import type { IngressMetrics } from './ingress-metrics.ts';

/** Seconds after which a repeat is worth it when Redis was away. */
const retryAfterSeconds = '2';

/** Answers with a problem: one log line, one count, the headers that belong to its status. */
export type AnswerProblem = (
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
  error?: unknown,
) => FastifyReply;

/** Makes `AnswerProblem`. */
export function createAnswerProblem({ log }: Pick<IngressDeps, 'log'>, metrics: IngressMetrics): AnswerProblem {
  return (request, reply, problem, error) => {
    metrics.refused.inc({ code: problem.code });
    const line = {
      op: operationOf(request),
      code: problem.code,
      status: problem.status,
      durationMs: Math.round(reply.elapsedTime),
      ...(error !== undefined && problem.status >= 500 && { err: error }),
    };
    log[problem.status >= 500 ? 'error' : 'info'](line, `${line.op} was refused: ${problem.title.toLowerCase()}`);
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="posthorn"');
    if (problem.status === 503) reply.header('retry-after', retryAfterSeconds);
    return reply
      .code(problem.status)
      .header('cache-control', 'no-store')
      .type(problemContentType)
      .serializer(String)
      .send(JSON.stringify({ ...problem, instance: request.url.split('?', 1)[0] }));
  };
}

/** The operation's name as the API description has it. A path would carry what the caller wrote. */
function operationOf(request: FastifyRequest): string {
  return request.routeOptions.schema?.operationId ?? 'unknown_route';
}
