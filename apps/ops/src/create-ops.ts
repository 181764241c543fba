import type { ChannelRegistry } from '@posthorn/channel';
import type { Ledger } from '@posthorn/ledger';
import type { ProviderId } from '@posthorn/message';
import type { DeadLetters, Pauses, Queues } from '@posthorn/queue';
import type { Clock, Log, Metrics, Probes } from '@posthorn/runtime';
import { probeRoutes } from '@posthorn/runtime';
import Fastify, { type FastifyInstance } from 'fastify';
import { authenticate, type Login } from './authenticate.ts';
import { channelRoutes } from './channel-routes.ts';
import { registerBoard } from './register-board.ts';
import { isSameOrigin } from './is-same-origin.ts';
import { createLoginLimit } from './login-limit.ts';
import { createReplayLetters } from './replay-letters.ts';
import { securityHeaders } from './security-headers.ts';

export interface OpsDeps {
  /** Null: nothing but the probes is served. */
  readonly login: Login | null;
  readonly queues: Queues;
  readonly registry: Pick<ChannelRegistry, 'get' | 'list' | 'onChange'>;
  readonly ledger: Pick<Ledger, 'replay'>;
  readonly deadLetters: Pick<DeadLetters, 'get' | 'list' | 'remove'>;
  readonly pauses: Pauses;
  readonly providers: readonly ProviderId[];
  readonly probes: Probes;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
  /** Up to so many channels, Bull Board lists all of their queues. */
  readonly channelsMax?: number;
}

/** Builds the HTTP side without listening. Stop it with `close`. */
export async function createOps(deps: OpsDeps): Promise<FastifyInstance> {
  const { login, log, probes } = deps;
  const app = Fastify({ logger: false, bodyLimit: 64 * 1_024, requestTimeout: 10_000, forceCloseConnections: true });
  // On the way out, because the files of Bull Board's page come with a cache policy of their own.
  app.addHook('onSend', async (_request, reply) => void reply.headers(securityHeaders));
  app.addHook('preClose', async () => probes.stopping());
  app.setErrorHandler(async (error, request, reply) => {
    log.error({ err: error, route: request.routeOptions.url }, 'a request to ops failed');
    return await reply.code(500).type('text/plain; charset=utf-8').send('It failed inside; the log of ops says why.\n');
  });
  await app.register(async (scope) => await scope.register(probeRoutes(probes)));
  await app.register(async (scope) => {
    if (login === null) sayOff(scope);
    else await registerPages(scope, login, deps);
  });
  await app.ready();
  return app;
}

function sayOff(scope: FastifyInstance): void {
  scope.setNotFoundHandler(
    async (_request, reply) =>
      await reply
        .code(503)
        .type('text/plain; charset=utf-8')
        .send(
          'Bull Board and all actions are off, because no password is set.\n' +
            'Set POSTHORN_OPS_PASSWORD (12 characters or more) and start ops again; the user is POSTHORN_OPS_USER, "ops" by default.\n',
        ),
  );
}

async function registerPages(scope: FastifyInstance, login: Login, deps: OpsDeps): Promise<void> {
  const { metrics, log, clock } = deps;
  const by = `ops:${login.user}`;
  const failedLogins = metrics.counter({
    name: 'posthorn_ops_failed_logins_total',
    help: 'Logins with a wrong user or password.',
  });
  const replays = metrics.counter({
    name: 'posthorn_ops_replays_total',
    help: 'Replays of dead letters by their result.',
    labelNames: ['result'],
  });

  await authenticate(scope, { login, limit: createLoginLimit({ clock }), log, failed: () => failedLogins.inc() });
  scope.addHook('onRequest', async (request, reply) => {
    if (request.method === 'GET' || request.method === 'HEAD' || isSameOrigin(request.headers)) return undefined;
    return await reply
      .code(403)
      .type('text/plain; charset=utf-8')
      .send(
        'Only the pages of ops themselves may change something (expected Sec-Fetch-Site: same-origin, or Origin).\n',
      );
  });
  scope.setNotFoundHandler(
    async (_request, reply) =>
      await reply.code(404).type('text/plain; charset=utf-8').send('There is nothing here. Try / or /queues.\n'),
  );
  channelRoutes(scope, { ...deps, by });
  await registerBoard(scope, {
    ...deps,
    replay: createReplayLetters({ ...deps, by, count: (result) => replays.inc({ result }) }),
  });
}
