import { flattenHeaders, httpFailureReason, type HttpReply } from '@posthorn/runtime';
import { Readable } from 'node:stream';
import type { Agent, Dispatcher } from 'undici';

/** The head of an answer, and its body as it comes. */
export interface StreamedAnswer {
  readonly kind: 'answered';
  readonly status: number;
  /** Names in lower case; repeated ones joined by ", ". The body is as sent: `content-encoding` is not undone. */
  readonly headers: Readonly<Record<string, string>>;
  /** Fails with a `BodyError` when it is too large, too slow, aborted or cut short. */
  readonly body: Readable;
  /** Until the head of the answer. */
  readonly durationMs: number;
}

/** Why a body ended early; `code` is `answer_too_large`, `timeout`, `aborted`, or one of the network. */
export class BodyError extends Error {
  readonly code: string;

  constructor(code: string, options?: ErrorOptions) {
    super(`the body of the answer ended early: ${code}`, options);
    this.name = 'BodyError';
    this.code = code;
  }
}

interface Call {
  readonly agent: Agent;
  readonly url: URL;
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
  readonly signal: AbortSignal | undefined;
  readonly elapsedMs: () => number;
}

type Failed = Extract<HttpReply, { readonly kind: 'not_sent' | 'no_answer' }>;

/** One request, without redirects. The timer and the limit hold until the body is read. */
export async function openOnce(call: Call): Promise<StreamedAnswer | Failed> {
  const { agent, url, method, headers, timeoutMs, maxBodyBytes, signal, elapsedMs } = call;
  if (signal?.aborted === true) return { kind: 'not_sent', reason: 'aborted', durationMs: elapsedMs() };
  return await new Promise((resolve) => {
    let state: 'waiting' | 'sent' | 'reading' | 'over' = 'waiting';
    let controller: Dispatcher.DispatchController | undefined;
    let bodyBytes = 0;
    const body = new Readable({
      read: () => controller?.resume(),
      destroy: (error, done) => {
        finish();
        controller?.abort(error ?? new Error('discarded'));
        done(error);
      },
    });
    // The reader may not have begun when it fails; whoever reads later still gets the error.
    body.on('error', () => {});
    const timer = setTimeout(() => fail('timeout'), Math.max(0, timeoutMs));
    const onAbort = () => fail('aborted');
    signal?.addEventListener('abort', onAbort, { once: true });

    function finish(): void {
      state = 'over';
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }

    function fail(reason: string, cause?: Error): void {
      if (state === 'over') return;
      const before = state;
      finish();
      if (before === 'reading') body.destroy(new BodyError(reason, { cause }));
      else resolve({ kind: before === 'waiting' ? 'not_sent' : 'no_answer', reason, durationMs: elapsedMs() });
      controller?.abort(new Error(reason));
    }

    agent.dispatch(
      { origin: url.origin, path: `${url.pathname}${url.search}`, method, headers },
      {
        onRequestStart(current) {
          controller = current;
          if (state === 'waiting') state = 'sent';
          else current.abort(new Error('not to be sent'));
        },
        onResponseStart(_controller, status, received) {
          if (status < 200 || state !== 'sent') return;
          const flat = flattenHeaders(received);
          if (method !== 'HEAD' && Number(flat['content-length'] ?? 0) > maxBodyBytes) {
            fail('answer_too_large');
            return;
          }
          state = 'reading';
          resolve({ kind: 'answered', status, headers: flat, body, durationMs: elapsedMs() });
        },
        onResponseData(current, chunk) {
          bodyBytes += chunk.length;
          if (bodyBytes > maxBodyBytes) fail('answer_too_large');
          else if (state === 'reading' && !body.push(chunk)) current.pause();
        },
        onResponseEnd() {
          if (state !== 'reading') return;
          finish();
          controller = undefined;
          body.push(null);
        },
        onResponseError(_controller, error) {
          fail(httpFailureReason(error), error);
        },
      },
    );
  });
}
