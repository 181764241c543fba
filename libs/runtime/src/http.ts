/** One call out. */
export interface HttpRequest {
  /** The call's name in logs, metrics and traces, e.g. "whatsapp-cloud.send_message". */
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | FormData;
  /** From the call to the last byte of the answer, waiting for a connection included. Default: the client's. */
  readonly timeoutMs?: number;
}

/** What became of a call. Only `not_sent` is sure that the other side got nothing. */
export type HttpReply =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Names in lower case; repeated ones joined by ", ". */
      readonly headers: Readonly<Record<string, string>>;
      /** The answer parsed as JSON, or its text if it is not JSON. */
      readonly body: unknown;
      readonly text: string;
      readonly durationMs: number;
    }
  | {
      /** No byte of the request was written: safe to try again. */
      readonly kind: 'not_sent';
      /** E.g. ECONNREFUSED, ENOTFOUND, connect_timeout, timeout, aborted, invalid_request. */
      readonly reason: string;
      readonly durationMs: number;
    }
  | {
      /** The request left, wholly or in part, and no whole answer came: it may have been done. */
      readonly kind: 'no_answer';
      /** E.g. ECONNRESET, connection_closed, timeout, aborted, answer_too_large. */
      readonly reason: string;
      readonly durationMs: number;
    };

/** Makes one call; never throws for reasons of the network, never follows a redirect, never repeats a call. */
export type Http = (request: HttpRequest, signal?: AbortSignal) => Promise<HttpReply>;
