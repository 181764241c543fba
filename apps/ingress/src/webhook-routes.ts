import { createHmac } from 'node:crypto';
import type { Channel } from '@posthorn/channel';
import { channelIdSchema } from '@posthorn/message';
import type { ConnectedChannel, WebhookAlias, WebhookCall } from '@posthorn/provider';
import {
  contextFromTraceparent,
  createProblem,
  currentTraceparent,
  problemContentType,
  withSpan,
} from '@posthorn/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { problems } from './problem-responses.ts';
import type { RouteDeps, Routes } from './route-deps.ts';

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
const empty = new Uint8Array();

/** Which channel a webhook's address names, connected. */
interface Target {
  readonly channel: Channel;
  readonly connected: ConnectedChannel;
}

const addressParams = z.object({
  provider: z.string().max(64).meta({ description: 'The provider’s name, like whatsapp-cloud.' }),
  channelId: z.string().max(64).meta({ description: 'The channel that the address was given for.' }),
});

/** The parameters of a route pattern, for its description. */
function paramsOf(path: string) {
  const names = [...path.matchAll(/:(?<name>\w+)/gu)].flatMap(({ groups }) => groups?.['name'] ?? []);
  const shape: Record<string, z.ZodString> = {};
  for (const name of names) shape[name] = z.string().max(256);
  return z.object(shape);
}

/** The providers' side: handshakes and calls. Proof is checked on the raw bytes; what they mean is found out later. */
export function webhookRoutes(app: Routes, deps: Omit<RouteDeps, 'tenantOf' | 'answerProblem'>): void {
  const { channels, connect, providerById, intake, limits, clock, log, counts } = deps;
  const publicUrl = deps.publicUrl?.replace(/\/+$/u, '');

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  function targetOf(provider: string, channelId: string): Target | null {
    const id = channelIdSchema.safeParse(channelId);
    const channel = id.success ? channels.get(id.data) : null;
    if (channel === null || channel.provider !== provider) return null;
    const connected = connect(channel);
    return connected === null ? null : { channel, connected };
  }

  function refuse(
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
    return reply
      .code(status)
      .type(problemContentType)
      .serializer(String)
      .send(status === 401 ? refusedBody : handshakeRefusedBody);
  }

  mount('/webhooks/:provider/:channelId', false, (request) => {
    const asked = addressParams.safeParse(request.params);
    const { provider, channelId } = asked.data ?? { provider: 'unknown', channelId: '' };
    return { provider, target: targetOf(provider, channelId) };
  });
  for (const provider of providerById.values()) {
    for (const alias of provider.webhookAliases) {
      mount(alias.path, true, (request) => {
        const named = alias.channel(toTexts(request.params), toTexts(request.query));
        return { provider: provider.id, target: named === null ? null : namedTarget(provider.id, named) };
      });
    }
  }

  /** The channel that an older system's address names: by id, or the one whose labels all match. */
  function namedTarget(provider: string, named: NonNullable<ReturnType<WebhookAlias['channel']>>): Target | null {
    if ('id' in named) return targetOf(provider, named.id);
    const wanted = Object.entries(named.labels);
    const found = channels
      .list()
      .find(
        (channel) => channel.provider === provider && wanted.every(([label, value]) => channel.labels[label] === value),
      );
    return found === undefined ? null : targetOf(provider, found.id);
  }

  /** One address: the provider's handshake (GET) and its calls (POST). Those of older systems are told in docs/migrate, not in the API. */
  function mount(
    path: string,
    isAlias: boolean,
    find: (request: FastifyRequest) => { readonly provider: string; readonly target: Target | null },
  ): void {
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
          response: { 200: z.string(), ...problems(403) },
        },
      },
      async (request, reply) => {
        const { provider, target } = find(request);
        const answer = target?.connected.handshake(toTexts(request.query)) ?? null;
        if (target === null || answer === null) return refuse(reply, provider, target, 403, 'webhookHandshake');
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
          response: { 200: z.literal('').meta({ description: 'Stored.' }), ...problems(401, 408, 413) },
        },
      },
      async (request, reply) => {
        const { provider, target } = find(request);
        const call: WebhookCall = {
          url: `${publicUrl ?? `${request.protocol}://${request.host}`}${request.url}`,
          body: Buffer.isBuffer(request.body) ? request.body : empty,
          headers: toTexts(request.headers),
          query: toTexts(request.query),
        };
        if (!verifies(target, call)) return refuse(reply, provider, target, 401, 'receiveWebhook');
        await store(target, call);
        counts.webhooksReceived.inc({ provider });
        counts.webhookSeconds.observe(reply.elapsedTime / 1000);
        log.info(
          {
            op: 'receiveWebhook',
            provider,
            channelId: target.channel.id,
            code: 'stored',
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

  async function store({ channel }: Target, call: WebhookCall): Promise<void> {
    const parent = contextFromTraceparent(call.headers['traceparent']);
    const attributes = { 'posthorn.provider': channel.provider, 'posthorn.channel_id': channel.id };
    try {
      await withSpan('POST /webhooks', { kind: 'server', parent, attributes }, async () =>
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

/** Nothing is verified for an unknown channel, but as much is computed, so that the time taken tells nothing either. */
function verifies(target: Target | null, call: WebhookCall): target is Target {
  if (target !== null) return target.connected.verifies(call);
  createHmac('sha256', 'nobody').update(call.body).digest();
  return false;
}

/** Headers and query parameters that came once; what came twice is no proof of anything. */
function toTexts(from: unknown): Readonly<Record<string, string>> {
  if (typeof from !== 'object' || from === null) return {};
  return Object.fromEntries(
    Object.entries(from).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
