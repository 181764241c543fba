import { createFailureLimit } from '@posthorn/access';
import { probeRoutes } from '@posthorn/runtime';
import Fastify, { type FastifyInstance } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { createAnswerProblem } from './answer-problem.ts';
import { answerBrokenRequest } from './answer-broken-request.ts';
import { auditChanges } from './audit-changes.ts';
import { authenticate } from './authenticate.ts';
import { channelActionRoutes } from './channels/channel-action-routes.ts';
import { channelRoutes } from './channels/channel-routes.ts';
import { describeApi } from './describe-api.ts';
import { erasureRoutes } from './erasure-routes.ts';
import { createIngressMetrics } from './ingress-metrics.ts';
import type { IngressDeps } from './ingress-deps.ts';
import { limitBodyTime } from './limit-body-time.ts';
import { lookupRoutes } from './lookup-routes.ts';
import { inboundFileRoutes } from './media/inbound-file-routes.ts';
import { mediaLinkRoutes } from './media/media-link-routes.ts';
import { mediaRoutes } from './media/media-routes.ts';
import { onboardingRoutes } from './onboarding-routes.ts';
import { closing, notFound, toProblem } from './problems.ts';
import { readJson } from './read-json.ts';
import { readQueryFaults } from './read-query-faults.ts';
import { optOutWordRoutes } from './opt-out-word-routes.ts';
import { receiptRoutes } from './receipt-routes.ts';
import { recipientRoutes } from './recipient-routes.ts';
import { sendRoutes } from './send-routes.ts';
import { deliveryRoutes } from './subscriptions/delivery-routes.ts';
import { eventRoutes } from './subscriptions/event-routes.ts';
import { rawRoutes } from './subscriptions/raw-routes.ts';
import { subscriptionActionRoutes } from './subscriptions/subscription-action-routes.ts';
import { subscriptionRoutes } from './subscriptions/subscription-routes.ts';
import { tenantRoutes } from './tenant-routes.ts';
import { versionRoutes } from './version-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';

/** Builds the HTTP side without listening: `inject` requests, or `listen`. Stop it with `close`, which answers what is under way. */
export async function createIngress(deps: IngressDeps): Promise<FastifyInstance> {
  const { limits, log, probes } = deps;
  const counts = createIngressMetrics(deps.metrics);
  const answerProblem = createAnswerProblem({ log }, counts);
  const failures = createFailureLimit({ clock: deps.clock });
  let isClosing = false;

  const app = Fastify({
    logger: false,
    trustProxy: deps.trustProxy.length > 0 && [...deps.trustProxy],
    bodyLimit: limits.messageBytesMax,
    // A user id is up to 135 characters long (libs/message), each of them three where it is escaped; the default is 100.
    routerOptions: { maxParamLength: 500 },
    requestTimeout: Math.max(limits.requestTimeoutMs, limits.uploadTimeoutMs),
    http: {
      headersTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(1000, limits.requestTimeoutMs),
    },
    // Ours below says it as a problem.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, log, counts),
    frameworkErrors: (error, request, reply) => void answerProblem(request, reply, toProblem(error), error),
  });
  app.removeContentTypeParser('text/plain');
  readJson(app);
  app.setValidatorCompiler(validatorCompiler);
  // Answers are built typed by their schemas: checking each again would only cost.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setNotFoundHandler((request, reply) => answerProblem(request, reply, notFound));
  app.setErrorHandler((error, request, reply) => {
    // The caller hung up, or was too slow and has its answer: there is nobody left to answer.
    if (request.raw.destroyed && !request.raw.complete) return reply.hijack();
    return answerProblem(request, reply, readQueryFaults(error) ?? toProblem(error), error);
  });
  app.addHook('preClose', async () => {
    isClosing = true;
    probes.stopping();
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff');
    if (!isClosing) done();
    else answerProblem(request, reply.header('connection', 'close'), closing);
  });

  limitBodyTime(app, deps, counts);
  // Fastify takes the time of requests (`elapsedTime`) only where something listens for their end.
  app.addHook('onResponse', (_request, _reply, done) => done());

  await describeApi(app, deps.publicUrl);
  await app.register(async (scope) => scope.register(probeRoutes(probes)));
  await app.register(async (scope) => {
    const callerOf = authenticate(scope, { ...deps, failures, answerProblem });
    const noteForAudit = auditChanges(scope, { ...callerOf, audit: deps.channelAdmin.audit });
    const shared = { ...deps, ...callerOf, noteForAudit, answerProblem, counts };
    const routes = scope.withTypeProvider<ZodTypeProvider>();
    // Messages are personal data: no cache on the way may keep them.
    scope.addHook('onRequest', (_request, reply, done) => {
      reply.header('cache-control', 'no-store');
      done();
    });
    sendRoutes(routes, shared);
    lookupRoutes(routes, shared);
    channelRoutes(routes, shared);
    channelActionRoutes(routes, shared);
    recipientRoutes(routes, shared);
    optOutWordRoutes(routes, shared);
    erasureRoutes(routes, shared);
    tenantRoutes(routes, shared);
    receiptRoutes(routes, shared);
    onboardingRoutes(routes, shared);
    subscriptionRoutes(routes, shared);
    subscriptionActionRoutes(routes, shared);
    deliveryRoutes(routes, shared);
    eventRoutes(routes, shared);
    rawRoutes(routes, shared);
    versionRoutes(routes);
    inboundFileRoutes(routes, shared);
    // Files come as streams: a part of its own, where bodies are not read beforehand.
    await scope.register(async (part) => {
      await mediaRoutes(part.withTypeProvider<ZodTypeProvider>(), shared);
    });
  });
  await app.register(async (scope) => {
    mediaLinkRoutes(scope.withTypeProvider<ZodTypeProvider>(), { ...deps, answerProblem, counts });
  });
  await app.register(async (scope) => {
    webhookRoutes(scope.withTypeProvider<ZodTypeProvider>(), {
      ...deps,
      counts,
      failures: createFailureLimit({ clock: deps.clock }),
    });
  });
  await app.ready();
  return app;
}
