import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { IngressMetrics } from './ingress-metrics.ts';
import { answerBrokenRequest } from './answer-broken-request.ts';
import type { IngressDeps } from './ingress-deps.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A file: the body may take as long as it keeps coming. */
    readonly bodyMayTakeLong?: boolean;
  }
}

const tooSlow = Object.assign(new Error('the body came too slowly'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });

/**
 * Ends requests whose body takes too long: as a whole, or, where a route takes files, those that pause. Node's own limit is one
 * for the whole server, and files may take minutes.
 */
export function limitBodyTime(
  app: FastifyInstance,
  { limits, log }: Pick<IngressDeps, 'limits' | 'log'>,
  counts: IngressMetrics,
): void {
  let begun: { readonly raw: IncomingMessage; readonly giveUp: () => void }[] = [];

  /** Most bodies come together with their head: only what is not here by the end of this turn of the event loop is worth a timer. */
  function limitWhatIsLeft(): void {
    const open = begun.filter(({ raw }) => !raw.complete && !raw.destroyed);
    begun = [];
    for (const { raw, giveUp } of open) {
      // The connection keeps the process, not the clock: a request that nobody reads has no end to stop it at.
      const timer = setTimeout(giveUp, limits.requestTimeoutMs).unref();
      const stop = (): void => clearTimeout(timer);
      raw.once('end', stop).once('close', stop);
    }
  }

  app.addHook('onRequest', (request, _reply, done) => {
    const { raw } = request;
    if (raw.complete) return done();
    const giveUp = (): void => {
      if (!raw.complete) answerBrokenRequest(tooSlow, raw.socket, log, counts);
    };
    if (request.routeOptions.config.bodyMayTakeLong === true) {
      raw.setTimeout(limits.requestTimeoutMs, giveUp);
      raw.once('close', () => raw.socket.setTimeout(0));
      return done();
    }
    if (begun.length === 0) setImmediate(limitWhatIsLeft);
    begun.push({ raw, giveUp });
    return done();
  });
}
