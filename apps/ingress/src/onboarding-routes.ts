import { onboardingIdSchema, onboardingViewSchema } from '@posthorn/onboarding';
import { createProblem, type Problem } from '@posthorn/runtime';
import { invalidRequest } from '@posthorn/submission';
import { onboardingRequestSchema, onboardingRetrySchema, type OnboardingAnswer } from '@posthorn/worker';
import { z } from 'zod';
import { problems } from './problem-responses.ts';
import { notFound } from './problems.ts';
import type { RouteDeps, Routes } from './route-deps.ts';

const params = z.object({ id: onboardingIdSchema });

/** Numbers connected by the code of the provider's sign-up: begun, looked at, gone on with. */
export function onboardingRoutes(
  app: Routes,
  { onboardings, log, tenantOf, noteForAudit, answerProblem }: RouteDeps,
): void {
  // The lib reads a body once, for the command line too: here the schemas only describe it.
  const unread = () => (value: unknown) => ({ value });

  app.post(
    '/v1/onboardings',
    {
      config: { role: 'admin', audit: { action: 'onboarding.begin' } },
      validatorCompiler: unread,
      schema: {
        operationId: 'beginOnboarding',
        summary: 'Connect a number with the code of the provider’s sign-up',
        description:
          'Code → token → webhooks → phone number, stage by stage. Answered at once; the code lives 30 seconds, so send it right away. The end is told as onboarding.finished or onboarding.failed, and shown by `links.self`. The channel takes messages from the second stage on; they wait until the number is registered.',
        tags: ['channels'],
        body: onboardingRequestSchema,
        response: { 202: onboardingViewSchema, ...problems(400, 401, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const answer = await onboardings.begin(tenantOf(request), request.body);
      if (answer.kind !== 'onboarding') return answerProblem(request, reply, toProblem(answer));
      const { view } = answer;
      noteForAudit(request, { channelId: view.channelId, changed: [view.id] });
      log.info(
        { op: 'beginOnboarding', onboardingId: view.id, channelId: view.channelId, code: 'accepted' },
        'onboarding accepted',
      );
      return reply.code(202).header('location', view.links.self).send(view);
    },
  );

  app.get(
    '/v1/onboardings/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'getOnboarding',
        summary: 'How a number is being connected',
        description: 'Kept for 30 days after the last change. Shows nothing that was given, and no token.',
        tags: ['channels'],
        params,
        response: { 200: onboardingViewSchema, ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const answer = await onboardings.show(tenantOf(request), request.params.id);
      if (answer.kind !== 'onboarding') return answerProblem(request, reply, toProblem(answer));
      return reply.send(answer.view);
    },
  );

  app.post(
    '/v1/onboardings/:id/retry',
    {
      config: { role: 'admin', audit: { action: 'onboarding.retry' } },
      schema: {
        operationId: 'retryOnboarding',
        summary: 'Go on with an onboarding that failed',
        description:
          'A new run from the stage that failed; what worked is not repeated. `failure.needs` says whether a new code or another PIN is needed. One that waits by itself may be hurried on, too.',
        tags: ['channels'],
        params,
        body: onboardingRetrySchema.nullish(),
        response: { 202: onboardingViewSchema, ...problems(400, 401, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const answer = await onboardings.retry(tenantOf(request), id, request.body ?? {});
      if (answer.kind !== 'onboarding') return answerProblem(request, reply, toProblem(answer));
      noteForAudit(request, { channelId: answer.view.channelId, changed: [id] });
      log.info(
        { op: 'retryOnboarding', onboardingId: id, run: answer.view.run, code: 'accepted' },
        'onboarding goes on',
      );
      return reply.code(202).send(answer.view);
    },
  );
}

function toProblem(answer: Exclude<OnboardingAnswer, { kind: 'onboarding' }>): Problem {
  switch (answer.kind) {
    case 'unknown':
      return notFound;
    case 'invalid':
      return invalidRequest(answer.faults);
    case 'conflict':
      return createProblem({
        code: 'onboarding_conflict',
        title: 'This onboarding cannot begin or go on',
        status: 409,
        detail: answer.detail,
      });
    default:
      return answer satisfies never;
  }
}
