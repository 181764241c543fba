import type { ChannelRegistry } from '@posthorn/channel';
import {
  auditIdSchema,
  type Audit,
  type HeldAdmin,
  type LetterAdmin,
  type PauseAdmin,
  type ReplayRuns,
} from '@posthorn/channel-admin';
import type { ProviderId } from '@posthorn/message';
import type { Pauses, Queues } from '@posthorn/queue';
import type { Clock, Log, Metrics, Probes } from '@posthorn/runtime';
import { probeRoutes } from '@posthorn/runtime';
import type { DeliveryLog, SubscriptionRegistry } from '@posthorn/subscription';
import Fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { auditChanges } from './audit-changes.ts';
import { auditPage } from './audit-page.ts';
import { authenticate, isReading } from './authenticate.ts';
import { channelRoutes } from './channel-routes.ts';
import type { Sessions } from './create-sessions.ts';
import { createFailedLogins } from './failed-logins.ts';
import { heldRoutes } from './held-routes.ts';
import { letterRoutes } from './letter-routes.ts';
import { pauseRoutes } from './pause-routes.ts';
import { registerBoard } from './register-board.ts';
import { isSameOrigin } from './is-same-origin.ts';
import { createLoginLimit } from './login-limit.ts';
import type { Login } from './logins.ts';
import { createReplayLetters } from './replay-letters.ts';
import { securityHeaders } from './security-headers.ts';
import { subscriptionRoutes } from './subscription-routes.ts';
import { signInRoutes, signOutRoute, type SignInDeps } from './sign-in-routes.ts';

/** Entries on the page of changes. */
const shownMost = 500;
const auditQuery = z.object({ before: auditIdSchema.optional() });

export interface OpsDeps {
  /** None: nothing but the probes is served. */
  readonly logins: readonly Login[];
  readonly sessions: Sessions;
  readonly audit: Audit;
  /** Addresses and CIDR ranges of proxies whose X-Forwarded-* headers are believed. */
  readonly trustProxy: readonly string[];
  readonly queues: Queues;
  readonly registry: Pick<ChannelRegistry, 'get' | 'list' | 'onChange'>;
  readonly subscriptions: Pick<SubscriptionRegistry, 'list' | 'onChange'>;
  readonly deliveries: Pick<DeliveryLog, 'failingSince' | 'lastGoodAt'>;
  readonly letters: LetterAdmin;
  readonly runs: ReplayRuns;
  readonly pauses: Pauses;
  readonly held: HeldAdmin;
  readonly pauseAdmin: PauseAdmin;
  readonly providers: readonly ProviderId[];
  readonly probes: Probes;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
  /** Up to so many channels and subscribers together, Bull Board lists all of their queues. */
  readonly channelsMax?: number;
}

/** Builds the HTTP side without listening. Stop it with `close`. */
export async function createOps(deps: OpsDeps): Promise<FastifyInstance> {
  const { logins, log, probes } = deps;
  const app = Fastify({
    logger: false,
    bodyLimit: 64 * 1_024,
    requestTimeout: 10_000,
    forceCloseConnections: true,
    trustProxy: deps.trustProxy.length > 0 && [...deps.trustProxy],
  });
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 4_096 },
    async (_request: unknown, body: string) => Object.fromEntries(new URLSearchParams(body)),
  );
  // On the way out, because the files of Bull Board's page come with a cache policy of their own.
  app.addHook('onSend', async (_request, reply) => void reply.headers(securityHeaders));
  app.addHook('preClose', async () => probes.stopping());
  app.setErrorHandler(async (error, request, reply) => {
    log.error({ err: error, route: request.routeOptions.url }, 'a request to ops failed');
    return await reply.code(500).type('text/plain; charset=utf-8').send('It failed inside; the log of ops says why.\n');
  });
  await app.register(async (scope) => await scope.register(probeRoutes(probes)));
  await app.register(async (scope) => {
    if (logins.length === 0) sayOff(scope);
    else await registerPages(scope, deps);
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
          'Bull Board and all actions are off, because nobody may sign in.\n' +
            'Set POSTHORN_OPS_PASSWORD (12 characters or more) and start ops again; the user is POSTHORN_OPS_USER, "ops" by default.\n' +
            'POSTHORN_OPS_LOGINS adds more people.\n',
        ),
  );
}

async function registerPages(scope: FastifyInstance, deps: OpsDeps): Promise<void> {
  const { metrics, clock } = deps;
  const failedLogins = metrics.counter({
    name: 'posthorn_ops_failed_logins_total',
    help: 'Logins with a wrong user or password.',
  });
  const replays = metrics.counter({
    name: 'posthorn_ops_replays_total',
    help: 'Replays of dead letters by their result.',
    labelNames: ['result'],
  });

  const failed = createFailedLogins({ ...deps, count: () => failedLogins.inc() });
  const signIn = { ...deps, limit: createLoginLimit({ clock }), failed };
  await scope.register(async (open) => {
    onlyFromHere(open);
    signInRoutes(open, signIn);
  });
  await scope.register(
    async (behind) => await registerBehind(behind, deps, signIn, (result) => replays.inc({ result })),
  );
}

/** All that asks who calls. */
async function registerBehind(
  scope: FastifyInstance,
  deps: OpsDeps,
  signIn: SignInDeps,
  count: (result: string) => void,
): Promise<void> {
  const { audit } = deps;
  const operatorOf = await authenticate(scope, signIn);
  onlyFromHere(scope);
  auditChanges(scope, { audit, operatorOf });
  signOutRoute(scope, deps);
  scope.get('/audit', async (request, reply) => {
    const [operator, query] = [operatorOf(request), auditQuery.safeParse(request.query)];
    if (operator === null || !query.success) return reply.callNotFound();
    const entries = await audit.list({ before: query.data.before, limit: shownMost });
    const next = entries.length === shownMost ? (entries.at(-1)?.id ?? null) : null;
    return await reply.type('text/html; charset=utf-8').send(auditPage({ entries, next, operator }));
  });
  scope.setNotFoundHandler(
    async (_request, reply) =>
      await reply.code(404).type('text/plain; charset=utf-8').send('There is nothing here. Try / or /queues.\n'),
  );
  channelRoutes(scope, { ...deps, operatorOf });
  heldRoutes(scope, { ...deps, operatorOf });
  subscriptionRoutes(scope, { ...deps, operatorOf });
  pauseRoutes(scope, { ...deps, operatorOf });
  const replay = createReplayLetters({ ...deps, count });
  letterRoutes(scope, { ...deps, operatorOf, replay });
  await registerBoard(scope, { ...deps, operatorOf, replay });
}

/** Also for signing in: nobody is signed in as somebody else by another site. */
function onlyFromHere(scope: FastifyInstance): void {
  scope.addHook('onRequest', async (request, reply) => {
    if (isReading(request) || isSameOrigin(request.headers)) return undefined;
    return await reply
      .code(403)
      .type('text/plain; charset=utf-8')
      .send(
        'Only the pages of ops themselves may change something (expected Sec-Fetch-Site: same-origin, or Origin).\n',
      );
  });
}
