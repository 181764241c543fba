import { contextFromTraceparent, currentTraceparent, withSpan } from '@posthorn/runtime';
import {
  badIdempotencyKey,
  type Allowed,
  type BatchItemResult,
  type BatchResult,
  type SubmitResult,
} from '@posthorn/submission';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readIdempotencyKey, type IdempotencyKey } from './idempotency-key.ts';
import { messageSchema } from './message-schemas.ts';
import { problems } from './problem-responses.ts';
import { tellAllowance } from './tell-allowance.ts';
import { createWaitForAnswer } from './subscriptions/prefer-wait.ts';
import { toProblem } from './problems.ts';
import { messageLinks } from './render.ts';
import type { RouteDeps, Routes } from './route-deps.ts';
import {
  acceptedSchema,
  batchRequestSchema,
  batchResultSchema,
  describedRequestSchema,
  type BatchAnswer,
} from './send-schemas.ts';

const keyHeaders = z.object({
  'idempotency-key': z
    .string()
    .optional()
    .meta({
      description:
        'Makes the request safe to repeat: the same key with the same body is the same message. Kept until 24 hours after the message’s expiry.',
      examples: ['"8e03978e-40d5-43e8-bc93-6894a57f9324"'],
    }),
});
const sendHeaders = keyHeaders.extend({
  prefer: z
    .string()
    .optional()
    .meta({
      description: '`wait=N`: answer once the provider has answered, at most N (up to 30) seconds later.',
      examples: ['wait=10'],
    }),
});

/** POST /v1/messages and its batch. */
export function sendRoutes(app: Routes, deps: RouteDeps): void {
  const { submission, tenantOf, answerProblem, counts, log, limits } = deps;
  // Submission reads a body once, for every way in: here the schemas only describe it.
  const unread = () => (value: unknown) => ({ value });
  const waitForAnswer = createWaitForAnswer(deps);

  app.post(
    '/v1/messages',
    {
      config: { role: 'producer', audit: { none: 'a message tells its own timeline' } },
      bodyLimit: limits.messageBytesMax,
      validatorCompiler: unread,
      schema: {
        operationId: 'sendMessage',
        summary: 'Send a message',
        description:
          'Answered once the message is stored for good. What became of it: follow `links.self`, or the channel’s events.',
        tags: ['messages'],
        headers: sendHeaders,
        body: describedRequestSchema,
        response: { 200: messageSchema, 202: acceptedSchema, ...problems(400, 401, 404, 408, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const key = readIdempotencyKey(request.headers['idempotency-key']);
      if (key.kind === 'invalid') return answerProblem(request, reply, badIdempotencyKey);
      const result = await traced('POST /v1/messages', request, async (traceparent) =>
        submission.submit(tenantOf(request), request.body, { idempotencyKey: keyOf(key), traceparent }),
      );
      tell(reply, result);
      if (result.kind === 'refused') return answerProblem(request, reply, result.problem);
      count(result);
      counts.acceptSeconds.observe(reply.elapsedTime / 1000);
      log.info(
        {
          op: 'sendMessage',
          messageId: result.id,
          code: result.replayed ? 'replayed' : 'accepted',
          durationMs: Math.round(reply.elapsedTime),
        },
        'message accepted',
      );
      const links = messageLinks(result.id);
      if (result.replayed) reply.header('idempotent-replayed', 'true');
      const answered = await waitForAnswer(request, reply.header('location', links.self), result.id);
      if (answered !== null) return reply.code(200).send(answered);
      return reply.code(202).send({ id: result.id, status: 'accepted', links });
    },
  );

  app.post(
    '/v1/messages/batch',
    {
      config: { role: 'producer', audit: { none: 'a message tells its own timeline' } },
      bodyLimit: limits.batchBytesMax,
      validatorCompiler: unread,
      schema: {
        operationId: 'sendBatch',
        summary: 'Send up to 1,000 messages',
        description:
          'Each message has an answer of its own, in order, as if sent alone; messages to one recipient keep the order of the list. An Idempotency-Key makes the whole batch safe to repeat.',
        tags: ['messages'],
        headers: keyHeaders,
        body: batchRequestSchema,
        response: { 200: batchResultSchema, ...problems(400, 401, 408, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const key = readIdempotencyKey(request.headers['idempotency-key']);
      if (key.kind === 'invalid') return answerProblem(request, reply, badIdempotencyKey);
      const answer = await traced('POST /v1/messages/batch', request, async (traceparent) =>
        submission.submitBatch(tenantOf(request), request.body, { idempotencyKey: keyOf(key), traceparent }),
      );
      tell(reply, answer);
      if (answer.kind === 'refused') return answerProblem(request, reply, answer.problem);
      const { results } = answer;
      const failures = results.filter((result) => result.kind === 'failed');
      // Nothing went through: the caller should see that in the status, and repeat it all.
      if (failures.length === results.length) throw failures[0]?.error;
      const answers = results.map(toAnswer);
      const accepted = answers.filter(({ status }) => status === 202).length;
      counts.acceptSeconds.observe(reply.elapsedTime / 1000);
      log[failures.length === 0 ? 'info' : 'error'](
        {
          op: 'sendBatch',
          code: 'batch',
          accepted,
          refused: results.length - accepted - failures.length,
          failed: failures.length,
          ...(failures.length > 0 && { err: failures[0]?.error }),
          durationMs: Math.round(reply.elapsedTime),
        },
        'batch accepted',
      );
      return reply.send({ results: answers });
    },
  );

  function toAnswer(result: BatchItemResult, index: number): BatchAnswer['results'][number] {
    if (result.kind === 'accepted') {
      count(result);
      return { index, status: 202, id: result.id, links: messageLinks(result.id), replayed: result.replayed };
    }
    const { errors, ...problem } = result.kind === 'failed' ? toProblem(result.error) : result.problem;
    counts.refused.inc({ code: problem.code });
    return { index, status: problem.status, problem: { ...problem, ...(errors && { errors: [...errors] }) } };
  }

  function count({ provider, lane, replayed }: Extract<SubmitResult, { kind: 'accepted' }>): void {
    if (!replayed) counts.accepted.inc({ provider, lane });
  }
}

function tell(reply: FastifyReply, result: (SubmitResult | BatchResult) & Allowed): void {
  tellAllowance(reply, result.allowance, result.kind === 'refused' && result.problem.status === 429);
}

function keyOf(key: Exclude<IdempotencyKey, { kind: 'invalid' }>): string | null {
  return key.kind === 'key' ? key.key : null;
}

async function traced<Result>(
  name: string,
  request: FastifyRequest,
  work: (traceparent: string | null) => Promise<Result>,
): Promise<Result> {
  const header = request.headers['traceparent'];
  const parent = contextFromTraceparent(typeof header === 'string' ? header : null);
  return await withSpan(name, { kind: 'server', parent }, async () => work(currentTraceparent()));
}
