import type { Clock } from '@posthorn/runtime';
import { Pool } from 'undici';

export type CallAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string; readonly tookMs: number }
  | { readonly kind: 'no_answer'; readonly error: string; readonly tookMs: number };

export type HttpCaller = {
  /** One request, at once, without a repeat. */
  readonly call: (
    method: 'GET' | 'POST',
    url: string,
    headers: Record<string, string>,
    body: string | null,
  ) => Promise<CallAnswer>;
  /** Asks for a file: its status, type and size (of a GET the size it has, of a HEAD the size it tells). Null: no answer. */
  readonly probe: (
    method: 'GET' | 'HEAD',
    url: string,
  ) => Promise<{ readonly status: number; readonly contentType: string; readonly bytes: number } | null>;
  /** Cuts what is under way; calls from then on get no answer. */
  readonly close: () => Promise<void>;
};

/** More connections to one origin than any benchmark needs; how many are used is for the callers to bound. */
const CONNECTIONS_MAX = 256;

/** Calls our side as the providers do: over kept connections, one pool for each origin. */
export function createHttpCaller(clock: Clock, timeoutMs: () => number): HttpCaller {
  const pools = new Map<string, Pool>();
  let closed = false;

  function poolOf(origin: string): Pool {
    let pool = pools.get(origin);
    if (pool === undefined) {
      pool = new Pool(origin, { connections: CONNECTIONS_MAX, pipelining: 1 });
      pools.set(origin, pool);
    }
    return pool;
  }

  return {
    async call(method, url, headers, body) {
      const startedMs = clock.now();
      if (closed) return { kind: 'no_answer', error: 'the sandbox is closing', tookMs: 0 };
      try {
        const { origin, pathname, search } = new URL(url);
        const waitMs = timeoutMs();
        const limits = { headersTimeout: waitMs, bodyTimeout: waitMs };
        const reply = await poolOf(origin).request({ method, path: pathname + search, headers, body, ...limits });
        const text = await reply.body.text();
        return { kind: 'answered', status: reply.statusCode, body: text, tookMs: clock.now() - startedMs };
      } catch (cause) {
        return { kind: 'no_answer', error: nameOf(cause), tookMs: clock.now() - startedMs };
      }
    },
    async probe(method, url) {
      if (closed) return null;
      try {
        const { origin, pathname, search } = new URL(url);
        const reply = await poolOf(origin).request({ method, path: pathname + search, headersTimeout: timeoutMs() });
        const { byteLength } = await reply.body.arrayBuffer();
        const { 'content-type': contentType, 'content-length': told } = reply.headers;
        return {
          status: reply.statusCode,
          contentType: String(contentType ?? ''),
          bytes: method === 'HEAD' ? Number(told ?? -1) : byteLength,
        };
      } catch {
        return null;
      }
    },
    async close() {
      closed = true;
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

/** By its fields, not by its class: under Jest, errors of Node are of another realm. */
function nameOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) return 'unknown error';
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return 'message' in cause && typeof cause.message === 'string' ? cause.message : 'unknown error';
}
