import { Agent, type buildConnector } from 'undici';
import { createExchange } from './http-exchange.ts';
import type { Http, HttpReply, HttpRequest } from './http.ts';

/** What one call did, for metrics and logs; it names no address. */
export interface HttpExchange {
  readonly operation: string;
  readonly method: HttpRequest['method'];
  readonly status: number | null;
  readonly outcome: HttpReply['kind'];
  readonly durationMs: number;
}

/** Settings of the client. */
export interface HttpOptions {
  /** Per call, from the call to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Until a connection (and its TLS) stands. Default: 5 s, or `timeoutMs` if that is shorter. */
  readonly connectTimeoutMs?: number;
  /** Connections per origin; calls beyond them wait. Default: 128. */
  readonly connections?: number;
  /** A longer answer is `no_answer`. Default: 1 MiB. */
  readonly maxBodyBytes?: number;
  readonly onExchange?: (exchange: HttpExchange) => void;
  /** PEM of a certificate authority to trust besides the system's, for private ones and tests. */
  readonly ca?: string;
  /** Opens the connections, instead of by name to anywhere; `connectTimeoutMs` and `ca` are then its own affair. */
  readonly connect?: buildConnector.connector;
}

/**
 * An HTTP/1.1 client that knows whether a request left. One request at a time per connection: with pipelining a lost
 * connection would leave several requests in doubt. `close` waits for open calls.
 */
export function createHttp(options: HttpOptions): { readonly http: Http; readonly close: () => Promise<void> } {
  const { timeoutMs, connections = 128, maxBodyBytes = 1024 * 1024, onExchange, ca } = options;
  const connectTimeoutMs = options.connectTimeoutMs ?? Math.min(5000, timeoutMs);
  const agent = new Agent({
    connections,
    pipelining: 1,
    allowH2: false,
    // One timer of ours covers the whole call.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: options.connect ?? { timeout: connectTimeoutMs, ...(ca !== undefined && { ca }) },
  });

  async function http(request: HttpRequest, signal?: AbortSignal): Promise<HttpReply> {
    const startedAt = performance.now();
    const elapsedMs = () => Math.round(performance.now() - startedAt);
    const reply = await call(request, signal, elapsedMs);
    onExchange?.({
      operation: request.operation,
      method: request.method,
      status: reply.kind === 'answered' ? reply.status : null,
      outcome: reply.kind,
      durationMs: reply.durationMs,
    });
    return reply;
  }

  async function call(
    request: HttpRequest,
    signal: AbortSignal | undefined,
    elapsedMs: () => number,
  ): Promise<HttpReply> {
    if (isAborted(signal)) return { kind: 'not_sent', reason: 'aborted', durationMs: 0 };
    const url = URL.parse(request.url);
    if (url === null || !/^https?:$/u.test(url.protocol))
      return { kind: 'not_sent', reason: 'invalid_url', durationMs: 0 };
    const { body, headers } = await toWire(request);
    // While a form was laid out.
    if (isAborted(signal)) return { kind: 'not_sent', reason: 'aborted', durationMs: elapsedMs() };
    return await new Promise((resolve) => {
      const limits = { timeoutMs: request.timeoutMs ?? timeoutMs, maxBodyBytes };
      const exchange = createExchange({ limits, signal, elapsedMs, settle: resolve });
      const target = { origin: url.origin, path: `${url.pathname}${url.search}`, method: request.method };
      agent.dispatch({ ...target, headers, ...(body !== undefined && { body }) }, exchange);
    });
  }

  return { http, close: () => agent.close() };
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

interface Wire {
  readonly body?: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** Forms are laid out beforehand: a body read while sending could fail half-way, and would have no length. */
async function toWire({ body, headers = {} }: HttpRequest): Promise<Wire> {
  if (!(body instanceof FormData)) return { headers, ...(body !== undefined && { body }) };
  const form = new Response(body);
  const contentType = form.headers.get('content-type') ?? 'multipart/form-data';
  return { body: new Uint8Array(await form.arrayBuffer()), headers: { ...headers, 'content-type': contentType } };
}
