import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { factsOf } from '../exchange-parts.ts';
import { linesOf } from './authorise.ts';
import type { InfobipContext, Line } from './context.ts';
import type { Exchange } from './exchange.ts';
import { inboundSchema, profileSchema, securitySchema, subscriptionSchema, type SetUp } from './set-up-schemas.ts';
import { targetsOf } from './set-up-targets.ts';

type Result = { readonly status: number; readonly body?: unknown };

/** Health of senders, scenarios, and everything that says where webhooks go. What an account set up counts at once. */
export function setUpRoutes(context: InfobipContext, exchange: Exchange) {
  const setUps = new Map<string, SetUp>();

  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (lines: readonly Line[], setUp: SetUp) => Result,
  ): Promise<FastifyReply> {
    const lines = linesOf(context, request);
    const [first] = lines;
    const facts = factsOf('setUp', first?.account.sender ?? null);
    if (first === undefined) return exchange.refuse(request, reply, facts, { status: 401 });
    const verdict = exchange.verdict(facts);
    await exchange.pause(verdict.delayMs);
    const played = exchange.play(request, reply, facts, verdict, () => null);
    if (played !== null) return played;
    const key = first.account.apiKey;
    const setUp = setUps.get(key) ?? {
      security: new Map(),
      profiles: new Map(),
      subscriptions: new Map(),
      inbound: new Map(),
    };
    setUps.set(key, setUp);
    const { status, body } = work(lines, setUp);
    if (status >= 400) return exchange.refuse(request, reply, facts, { status });
    for (const line of lines) line.account = { ...line.account, ...targetsOf(line.account, setUp) };
    exchange.book(request, facts, { status });
    return reply
      .code(status)
      .type('application/json')
      .send(body ?? {});
  }

  /** Made once (409 for a second), read and changed under its id. */
  function resource<Value>(
    app: FastifyInstance,
    path: string,
    schema: z.ZodType<Value>,
    idOf: (value: Value) => string,
    mapOf: (setUp: SetUp) => Map<string, Value>,
    fits: (value: Value, lines: readonly Line[], setUp: SetUp) => boolean,
  ): void {
    app.post(path, (request, reply) =>
      answer(request, reply, (lines, setUp) => {
        const asked = schema.safeParse(request.body);
        if (!asked.success || !fits(asked.data, lines, setUp)) return { status: 400 };
        if (mapOf(setUp).has(idOf(asked.data))) return { status: 409 };
        mapOf(setUp).set(idOf(asked.data), asked.data);
        return { status: 201, body: asked.data };
      }),
    );
    app.get<{ Params: { id: string } }>(`${path}/:id`, (request, reply) =>
      answer(request, reply, (_lines, setUp) => {
        const found = mapOf(setUp).get(request.params.id);
        return found === undefined ? { status: 404 } : { status: 200, body: found };
      }),
    );
    app.put<{ Params: { id: string } }>(`${path}/:id`, (request, reply) =>
      answer(request, reply, (lines, setUp) => {
        const asked = schema.safeParse(request.body);
        if (!mapOf(setUp).has(request.params.id)) return { status: 404 };
        const isGood = asked.success && idOf(asked.data) === request.params.id && fits(asked.data, lines, setUp);
        if (!isGood) return { status: 400 };
        mapOf(setUp).set(request.params.id, asked.data);
        return { status: 200, body: asked.data };
      }),
    );
  }

  return async function register(app: FastifyInstance): Promise<void> {
    app.get<{ Querystring: { senders?: string } }>('/whatsapp/1/senders/quality', (request, reply) =>
      answer(request, reply, (lines) => {
        const asked = (request.query.senders ?? '').split(',');
        const results = lines
          .filter(({ account }) => asked.includes(account.sender))
          .map(({ account }) => ({
            sender: account.sender,
            qualityRating: 'HIGH',
            status: 'CONNECTED',
            currentLimit: 'LIMIT_2K',
            lastUpdated: '2025-11-24T16:00:00.000+0000',
          }));
        return results.length === 0 ? { status: 404 } : { status: 200, body: { results } };
      }),
    );
    app.get('/omni/1/scenarios', (request, reply) =>
      answer(request, reply, (lines) => {
        const keys = lines.flatMap(({ account }) => account.scenarioKey ?? []);
        return { status: 200, body: { scenarios: keys.map((key) => ({ key, name: 'Sandbox', flow: [] })) } };
      }),
    );
    resource(
      app,
      '/subscriptions/1/security',
      securitySchema,
      (it) => it.authId,
      (it) => it.security,
      () => true,
    );
    resource(
      app,
      '/subscriptions/1/profiles',
      profileSchema,
      (it) => it.profileId,
      (it) => it.profiles,
      (it, _lines, { security }) => (it.security === undefined ? true : security.has(it.security.authId)),
    );
    resource(
      app,
      '/subscriptions/1/subscription/WHATSAPP',
      subscriptionSchema,
      (it) => it.subscriptionId,
      (it) => it.subscriptions,
      ({ profile, resources }, lines, { profiles }) =>
        profiles.has(profile.profileId) &&
        resources.every((sender) => lines.some(({ account }) => account.sender === sender)),
    );
    const path = '/resource-management/1/inbound-message-configurations';
    app.get(path, (request, reply) =>
      answer(request, reply, (_lines, { inbound }) => ({
        status: 200,
        body: { configurations: [...inbound.values()] },
      })),
    );
    app.post(path, (request, reply) =>
      answer(request, reply, (lines, { inbound }) => {
        const asked = inboundSchema.safeParse(request.body);
        if (!asked.success || !lines.some(({ account }) => account.sender === asked.data.number))
          return { status: 400 };
        if ([...inbound.values()].some(({ number }) => number === asked.data.number)) return { status: 409 };
        const made = { configurationKey: context.newId(), ...asked.data };
        inbound.set(made.configurationKey, made);
        return { status: 201, body: made };
      }),
    );
    app.delete<{ Params: { key: string } }>(`${path}/:key`, (request, reply) =>
      answer(request, reply, (_lines, { inbound }) => ({ status: inbound.delete(request.params.key) ? 204 : 404 })),
    );
  };
}
