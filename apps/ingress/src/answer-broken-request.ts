import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import { createProblem, problemContentType, type Log, type Problem } from '@posthorn/runtime';
import type { IngressMetrics } from './ingress-metrics.ts';
import { requestTimeout } from './problems.ts';

/** Answers what never became a request (too slow, not HTTP, headers too large), and closes its connection. */
export function answerBrokenRequest(
  error: Error & { readonly code?: string },
  socket: Socket,
  log: Log,
  counts: IngressMetrics,
): void {
  // The caller hung up: there is nobody to answer, and nothing to tell.
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const problem = problemOf(error.code);
  counts.refused.inc({ code: problem.code });
  log.info(
    { op: 'unread_request', code: problem.code, status: problem.status },
    `a request was not read: ${problem.title.toLowerCase()}`,
  );
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    `content-type: ${problemContentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  // `destroySoon` lets the answer out; the rest of a slow request is not waited for.
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

function problemOf(code: string | undefined): Problem {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return requestTimeout;
    case 'HPE_HEADER_OVERFLOW':
      return createProblem({ code: 'headers_too_large', title: 'The headers are too large', status: 431 });
    default:
      return createProblem({ code: 'bad_request', title: 'The request cannot be read', status: 400 });
  }
}
