import type { HttpReply } from '@posthorn/runtime';
import type { Agent } from 'undici';
import type { AddressGuard } from './create-address-guard.ts';
import { openOnce, type StreamedAnswer } from './open-once.ts';

/** One GET or HEAD whose answer is read as a stream. */
export interface OpenRequest {
  /** The call's name in logs, metrics and traces. */
  readonly operation: string;
  readonly url: string;
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** From the call to the last byte of the answer, redirects included. Default: the client's. */
  readonly timeoutMs?: number;
  /** Default: the client's. */
  readonly maxBodyBytes?: number;
  /** Redirects to follow, each address checked anew. Default: 0, and a redirect is an answer. */
  readonly redirectsMax?: number;
}

/** What became of it. Read or destroy the `body` of an answer: its connection is taken until then. */
export type OpenReply =
  | (StreamedAnswer & {
      /** Where the answer came from, after redirects. */
      readonly url: string;
    })
  | Extract<HttpReply, { readonly kind: 'not_sent' | 'no_answer' }>;

/** Makes the call; never throws for reasons of the network. `too_many_redirects` is a reason besides those of `Http`. */
export type Open = (request: OpenRequest, signal?: AbortSignal) => Promise<OpenReply>;

interface OpenDeps {
  readonly agent: Agent;
  readonly guard: AddressGuard;
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
}

/** What another host may be told: what kind of answer is wanted, never who asks. */
const headersForAnybody: ReadonlySet<string> = new Set(['accept', 'accept-language', 'range', 'user-agent']);

export function createOpen({ agent, guard, ...defaults }: OpenDeps): Open {
  return async function open(request, signal) {
    const startedAt = performance.now();
    const elapsedMs = () => Math.round(performance.now() - startedAt);
    const { method = 'GET', redirectsMax = 0, maxBodyBytes = defaults.maxBodyBytes } = request;
    const deadlineMs = request.timeoutMs ?? defaults.timeoutMs;
    let target = request.url;
    let headers = request.headers ?? {};

    for (let redirects = 0; ; redirects += 1) {
      const check = guard.checkUrl(target);
      if (check.kind === 'refused') return { kind: 'not_sent', reason: check.reason, durationMs: elapsedMs() };
      const { url } = check;
      const timeoutMs = deadlineMs - elapsedMs();
      const reply = await openOnce({ agent, url, method, headers, timeoutMs, maxBodyBytes, signal, elapsedMs });
      if (reply.kind !== 'answered') return reply;
      const next = redirectsMax === 0 ? null : redirectOf(reply, url);
      if (next === null) return { ...reply, url: url.href };
      reply.body.destroy();
      if (redirects === redirectsMax)
        return { kind: 'no_answer', reason: 'too_many_redirects', durationMs: elapsedMs() };
      // What https protected is not asked for again in the open.
      if (url.protocol === 'https:' && next.protocol === 'http:')
        return { kind: 'not_sent', reason: 'https_required', durationMs: elapsedMs() };
      if (next.origin !== url.origin) headers = forAnybody(headers);
      target = next.href;
    }
  };
}

function redirectOf({ status, headers }: StreamedAnswer, from: URL): URL | null {
  const location = headers['location'];
  return [301, 302, 303, 307, 308].includes(status) && location !== undefined ? URL.parse(location, from.href) : null;
}

function forAnybody(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => headersForAnybody.has(name.toLowerCase())));
}
