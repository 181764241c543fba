import type { FailureLimit } from '@posthorn/access';
import type { WebhookCall } from '@posthorn/provider';
import {
  contextFromTraceparent,
  createProblem,
  currentTraceparent,
  problemContentType,
  withSpan,
} from '@posthorn/runtime';
import { storageUnavailable } from '@posthorn/submission';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { openProblems } from './problem-responses.ts';
import { ProblemError } from './problems.ts';
import type { OpenRouteDeps, Routes } from './route-deps.ts';
import { verifies, type Target, type WebhookAddress, type WebhookRoute } from './webhook-targets.ts';

/** Whoever calls without proof learns nothing: the same bytes for a channel that does not exist and for a wrong signature. */
const refusedBody = JSON.stringify(
  createProblem({
    code: 'webhook_refused',
    title: 'The call does not prove that it comes from the provider',
    status: 401,
  }),
);
const handshakeRefusedBody = JSON.stringify(
  createProblem({
    code: 'handshake_refused',
    title: 'The handshake does not prove that it comes from the provider',
    status: 403,
  }),
);
const slowedBody = JSON.stringify(
  createProblem({
    code: 'too_many_failures',
    title: 'Too many calls without proof came from this address',
    status: 429,
  }),
);
const empty = new Uint8Array();

/** The parameters of a route pattern, for its description. */
function paramsOf(path: string) {
  const names = [...path.matchAll(/:(?<name>\w+)/gu)].flatMap(({ groups }) => groups?.['name'] ?? []);
  const shape: Record<string, z.ZodString> = {};
  for (const name of names) shape[name] = z.string().max(256);
  return z.object(shape);
}

type WebhookDeps = Omit<OpenRouteDeps, 'answerProblem'> & { readonly failures: FailureLimit };

/** The providers' side: handshakes and calls. Proof is checked on the raw bytes; what they mean is found out later. */
export function webhookRoutes(app: Routes, deps: WebhookDeps): void {
  const { channels, targets, providerById, intake, limits, clock, log, counts, failures } = deps;
  const publicUrl = deps.publicUrl?.replace(/\/+$/u, '');

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  function refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    provider: string,
    target: Target | null,
    status: 401 | 403,
    op: string,
  ): FastifyReply {
    const reason = target === null ? 'unknown_channel' : 'wrong_proof';
    const label = providerById.has(provider) ? provider : 'unknown';
    counts.webhooksRejected.inc({ provider: label, reason });
    log.info(
      { op, provider: label, channelId: target?.channel.id, code: reason, durationMs: Math.round(reply.elapsedTime) },
      `${op} was refused`,
    );
    // Counted only after the proof was found wrong, so that the provider's own calls pass whoever else comes from there.
    const waitMs = failures.failed(request.ip);
    if (waitMs > 0) reply.header('retry-after', String(Math.ceil(waitMs / 1000)));
    return reply
      .code(waitMs > 0 ? 429 : status)
      .type(problemContentType)
      .serializer(String)
      .send(waitMs > 0 ? slowedBody : status === 401 ? refusedBody : handshakeRefusedBody);
  }

  for (const route of targets.routes) mount(route);

  /** One address: the provider's handshake (GET) and its calls (POST). Those of older systems are told in docs/migrate, not in the API. */
  function mount({ path, isAlias }: WebhookRoute): void {
    const addressOf = (request: FastifyRequest): WebhookAddress => ({
      route: path,
      params: toTexts(request.params),
      query: toTexts(request.query),
    });
    app.get(
      path,
      {
        schema: {
          hide: isAlias,
          ...(!isAlias && { operationId: 'webhookHandshake' }),
          summary: 'A provider checks the address',
          description: 'For providers that ask the address for an answer before they use it. The answer is plain text.',
          tags: ['webhooks'],
          security: [],
          params: paramsOf(path),
          response: { 200: z.string(), ...openProblems(403, 429) },
        },
      },
      async (request, reply) => {
        if (!channels.isLoaded()) throw unknownYet();
        const answerNow = () => {
          const found = targets.find(addressOf(request));
          return { ...found, answer: found.target?.connected.handshake(toTexts(request.query)) ?? null };
        };
        // A provider asks at once after a channel was added or its token changed: what is known here may be a moment old.
        if (answerNow().answer === null) await channels.refresh().catch(() => undefined);
        const { provider, target, answer } = answerNow();
        if (target === null || answer === null)
          return refuse(request, reply, provider, target, 403, 'webhookHandshake');
        log.info(
          { op: 'webhookHandshake', provider, channelId: target.channel.id, code: 'answered' },
          'webhook handshake answered',
        );
        return reply.type('text/plain; charset=utf-8').serializer(String).send(answer.body);
      },
    );

    app.post(
      path,
      {
        bodyLimit: limits.webhookBytesMax,
        schema: {
          hide: isAlias,
          ...(!isAlias && { operationId: 'receiveWebhook' }),
          summary: 'A provider tells what happened',
          description:
            'Answered once the call is stored for good. Its body is the provider’s own, with the proof the provider defines.',
          tags: ['webhooks'],
          security: [],
          params: paramsOf(path),
          response: { 200: z.literal('').meta({ description: 'Stored.' }), ...openProblems(401, 408, 413, 429) },
        },
      },
      async (request, reply) => {
        const address = addressOf(request);
        const { provider, target } = targets.find(address);
        const call: WebhookCall = {
          url: `${publicUrl ?? `${request.protocol}://${request.host}`}${request.url}`,
          body: Buffer.isBuffer(request.body) ? request.body : empty,
          headers: toTexts(request.headers),
          query: toTexts(request.query),
        };
        if (!channels.isLoaded()) {
          await storeUnverified(address, call);
          return reply.send('');
        }
        if (!verifies(target, call)) return refuse(request, reply, provider, target, 401, 'receiveWebhook');
        const code = await store(target, call);
        counts.webhooksReceived.inc({ provider });
        counts.webhookSeconds.observe(reply.elapsedTime / 1000);
        log.info(
          {
            op: 'receiveWebhook',
            provider,
            channelId: target.channel.id,
            code,
            bytes: call.body.byteLength,
            durationMs: Math.round(reply.elapsedTime),
          },
          'webhook stored',
        );
        // Nothing to read: one provider would take words for an answer to the person, another complain of their type.
        return reply.send('');
      },
    );
  }

  async function storeUnverified({ route, params }: WebhookAddress, call: WebhookCall): Promise<void> {
    const kept = await intake.storeUnverified({ route, params, call, receivedAtMs: clock.now(), traceparent: null });
    if (!kept) throw unknownYet();
    log.info(
      { op: 'receiveWebhook', code: 'spooled_unverified', bytes: call.body.byteLength },
      'webhook kept; it is verified once the channels are known',
    );
  }

  async function store({ channel }: Target, call: WebhookCall): Promise<'stored' | 'spooled'> {
    const parent = contextFromTraceparent(call.headers['traceparent']);
    const attributes = { 'posthorn.provider': channel.provider, 'posthorn.channel_id': channel.id };
    try {
      return await withSpan('POST /webhooks', { kind: 'server', parent, attributes }, async () =>
        intake.store({
          provider: channel.provider,
          channelId: channel.id,
          call,
          receivedAtMs: clock.now(),
          traceparent: currentTraceparent(),
        }),
      );
    } catch (error) {
      counts.webhooksRejected.inc({ provider: channel.provider, reason: 'not_stored' });
      throw error;
    }
  }
}

/** Without Redis since the start: nobody can be told from a stranger. */
function unknownYet(): Error {
  return new ProblemError(storageUnavailable);
}

/** Headers and query parameters that came once; what came twice is no proof of anything. */
function toTexts(from: unknown): Readonly<Record<string, string>> {
  if (typeof from !== 'object' || from === null) return {};
  return Object.fromEntries(
    Object.entries(from).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
