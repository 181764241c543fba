import { createHttp, type Http, type HttpExchange } from '@posthorn/runtime';
import { Agent } from 'undici';
import { createAddressGuard, type AddressGuard, type AddressGuardOptions } from './create-address-guard.ts';
import { createGuardedConnector, type Resolve } from './create-guarded-connector.ts';
import { createOpen, type Open } from './create-open.ts';

/** Settings of the client. */
export interface GuardedHttpOptions extends AddressGuardOptions {
  /** Per call, from the call to the last byte of the answer, redirects included. */
  readonly timeoutMs: number;
  /** Until a connection (look-up and TLS included) stands. Default: 5 s, or `timeoutMs` if that is shorter. */
  readonly connectTimeoutMs?: number;
  /** A longer answer is `no_answer`, or ends the body that is being read. */
  readonly maxBodyBytes: number;
  /** Connections per origin; calls beyond them wait. Default: 16. */
  readonly connections?: number;
  /** PEM of a certificate authority to trust besides the system's, for private ones and tests. */
  readonly ca?: string;
  readonly onExchange?: (exchange: HttpExchange) => void;
  /** Default: the system's resolver. */
  readonly resolve?: Resolve;
}

/** An HTTP client for addresses that users give. */
export interface GuardedHttp {
  /** Like any `Http`; a refused address is `not_sent` with a `RefusalReason`. Redirects are answers. */
  readonly http: Http;
  /** A GET whose answer is read as a stream. */
  readonly open: Open;
  readonly checkUrl: AddressGuard['checkUrl'];
  /** Waits for open calls. */
  readonly close: () => Promise<void>;
}

/** Makes a client that reaches public addresses and what `allow` names, nothing else, by whatever name, form or redirect. */
export function createGuardedHttp(options: GuardedHttpOptions): GuardedHttp {
  const { timeoutMs, maxBodyBytes, connections = 16, resolve, ca, onExchange } = options;
  const connectTimeoutMs = options.connectTimeoutMs ?? Math.min(5000, timeoutMs);
  const guard = createAddressGuard(options);
  const connect = createGuardedConnector({ guard, connectTimeoutMs, resolve, ca });
  const plain = createHttp({
    timeoutMs,
    connections,
    maxBodyBytes,
    connect,
    ...(onExchange !== undefined && { onExchange }),
  });
  const agent = new Agent({ connections, pipelining: 1, allowH2: false, headersTimeout: 0, bodyTimeout: 0, connect });

  const http: Http = async (request, signal) => {
    const check = guard.checkUrl(request.url);
    if (check.kind === 'ok') return await plain.http(request, signal);
    onExchange?.({
      operation: request.operation,
      method: request.method,
      status: null,
      outcome: 'not_sent',
      durationMs: 0,
    });
    return { kind: 'not_sent', reason: check.reason, durationMs: 0 };
  };

  return {
    http,
    open: createOpen({ agent, guard, timeoutMs, maxBodyBytes }),
    checkUrl: guard.checkUrl,
    close: async () => {
      await Promise.all([plain.close(), agent.close()]);
    },
  };
}
