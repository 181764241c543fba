import type { Dispatcher } from 'undici';
import type { HttpReply } from './http.ts';

interface ExchangeDeps {
  readonly limits: { readonly timeoutMs: number; readonly maxBodyBytes: number };
  readonly signal: AbortSignal | undefined;
  readonly elapsedMs: () => number;
  readonly settle: (reply: HttpReply) => void;
}

const reasonByCode: ReadonlyMap<string, string> = new Map([
  ['UND_ERR_CONNECT_TIMEOUT', 'connect_timeout'],
  ['UND_ERR_SOCKET', 'connection_closed'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'answer_cut_short'],
  ['HPE_INVALID_CONSTANT', 'answer_not_http'],
  ['UND_ERR_INVALID_ARG', 'invalid_request'],
  ['UND_ERR_CLOSED', 'client_closed'],
  ['UND_ERR_DESTROYED', 'client_closed'],
]);

/**
 * The handler of one call. undici (8.12, lib/dispatcher/client-h1.js, read 2026-11) calls `onRequestStart` in the same tick
 * as, and right before, it writes the request to a connected socket: an error before it means that no byte left, and one
 * after it may always be that the other side has the request, stale keep-alive sockets included.
 */
export function createExchange({ limits, signal, elapsedMs, settle }: ExchangeDeps): Dispatcher.DispatchHandler {
  let started = false;
  let settled = false;
  let controller: Dispatcher.DispatchController | undefined;
  let status = 0;
  let headers: Readonly<Record<string, string>> = {};
  const chunks: Buffer[] = [];
  let bodyBytes = 0;

  const timer = setTimeout(() => give('timeout'), limits.timeoutMs);
  const onAbort = () => give('aborted');
  signal?.addEventListener('abort', onAbort, { once: true });

  function end(reply: HttpReply): void {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    settle(reply);
  }

  function give(reason: string): void {
    if (settled) return;
    end({ kind: started ? 'no_answer' : 'not_sent', reason, durationMs: elapsedMs() });
    controller?.abort(new Error(reason));
  }

  return {
    onRequestStart(current) {
      // Given up while it waited for a connection; or undici starting it again on another connection: both must not be written.
      if (settled || started) {
        give('connection_closed');
        current.abort(new Error('not to be sent'));
        return;
      }
      controller = current;
      started = true;
    },
    onResponseStart(_controller, statusCode, received) {
      // 1xx announces the answer, it is not one.
      if (statusCode < 200) return;
      status = statusCode;
      headers = flattenHeaders(received);
    },
    onResponseData(_controller, chunk) {
      bodyBytes += chunk.length;
      if (bodyBytes > limits.maxBodyBytes) give('answer_too_large');
      else chunks.push(chunk);
    },
    onResponseEnd() {
      const first = chunks[0];
      const whole = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
      const text = whole.toString('utf8');
      end({ kind: 'answered', status, headers, body: parse(text), text, durationMs: elapsedMs() });
    },
    onResponseError(_controller, error) {
      end({ kind: started ? 'no_answer' : 'not_sent', reason: httpFailureReason(error), durationMs: elapsedMs() });
    },
  };
}

/** Headers as undici gives them, repeated ones joined by ", ". */
export function flattenHeaders(
  received: Readonly<Record<string, string | string[] | undefined>>,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(received)) {
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return headers;
}

/** By its look, not by its content type: providers and proxies mislabel both ways. */
function parse(text: string): unknown {
  if (!/^\s*[[{"\dtfn-]/u.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The `reason` of a call that failed. A code names what happened; a message could quote an address. */
export function httpFailureReason(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code !== '') return reasonByCode.get(code) ?? code;
  return error.name === 'HTTPParserError' ? 'answer_not_http' : error.name;
}
