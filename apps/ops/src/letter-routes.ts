import type { LetterAdmin, LetterQuery, ReplayRuns } from '@posthorn/channel-admin';
import { channelIdSchema, providerIdSchema } from '@posthorn/message';
import type { Log } from '@posthorn/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { lettersPage } from './letters-page.ts';
import { byOf, type Operator } from './logins.ts';
import type { ReplayLetters } from './replay-letters.ts';

export interface LetterRoutesDeps {
  readonly letters: Pick<LetterAdmin, 'list' | 'count'>;
  readonly runs: ReplayRuns;
  readonly replay: ReplayLetters;
  readonly log: Log;
  readonly operatorOf: (request: FastifyRequest) => Operator | null;
}

const rowsMost = 100;
/** A form sends empty fields too. */
const given = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
/** As `<input type="datetime-local">` sends it, in UTC. */
const time = given(z.iso.datetime({ local: true })).transform((text) =>
  text === undefined ? undefined : Date.parse(text.endsWith('Z') ? text : `${text}Z`),
);
const filterSchema = z.object({
  provider: given(providerIdSchema),
  channel: given(channelIdSchema),
  code: given(z.string().max(64)),
  providerCode: given(z.string().max(64)),
  since: time,
  until: time,
});
export type AskedLetters = z.output<typeof filterSchema>;
const querySchema = filterSchema.extend({ after: given(z.string().max(400)) });
const startSchema = filterSchema.extend({
  action: z.enum(['count', 'start']),
  perSecond: z.coerce.number().int().min(1).max(1_000).default(20),
  canary: given(z.coerce.number().int().min(1).max(100)),
  canaryWaitSeconds: z.coerce.number().int().min(1).max(86_400).default(60),
  why: z.string().max(200).default(''),
});
const whySchema = z.object({ why: z.string().max(200).default('') });
const idSchema = z.object({ id: z.string().min(1).max(200) });

/** Dead letters: look, replay one, and start, watch and abort runs of many. */
export function letterRoutes(scope: FastifyInstance, deps: LetterRoutesDeps): void {
  const { letters, runs, replay, log, operatorOf } = deps;

  scope.get('/dead-letters', async (request, reply) => {
    const query = querySchema.safeParse(request.query);
    if (!query.success) return await refuse(reply, 422, wrongFilter);
    return await show(request, reply, query.data, { after: query.data.after });
  });

  scope.post('/dead-letters/:id', async (request, reply) => {
    const [params, body] = [idSchema.safeParse(request.params), whySchema.safeParse(request.body ?? {})];
    if (!params.success || !body.success) return reply.callNotFound();
    const { result, says } = await replay.one(params.data.id, byOf(operatorOf(request)), body.data.why);
    if (result === 'replayed') return await reply.redirect('/dead-letters', 303);
    return await refuse(reply, result === 'unknown_letter' ? 404 : 409, says);
  });

  scope.post('/replay-runs', async (request, reply) => {
    const body = startSchema.safeParse(request.body);
    if (!body.success) return await refuse(reply, 422, wrongFilter);
    const { action, perSecond, canary = null, canaryWaitSeconds, why, ...asked } = body.data;
    const filter = toQuery(asked);
    if (action === 'count') return await show(request, reply, asked, { count: await letters.count(filter) });
    const by = byOf(operatorOf(request));
    const run = await runs.start({ filter, perSecond, canary, canaryWaitMs: canaryWaitSeconds * 1_000, by, why });
    if (run === null) return await refuse(reply, 409, 'No dead letter fits, so nothing was started.');
    log.info({ runId: run.id, total: run.total, by }, 'a replay run was started');
    return await reply.redirect('/dead-letters', 303);
  });

  scope.post('/replay-runs/:id/abort', async (request, reply) => {
    const [params, body] = [idSchema.safeParse(request.params), whySchema.safeParse(request.body ?? {})];
    if (!params.success || !body.success) return reply.callNotFound();
    const by = byOf(operatorOf(request));
    const result = await runs.abort(params.data.id, { by, why: body.data.why });
    if (result === 'unknown') return await refuse(reply, 404, 'There is no such run (any more).');
    if (result === 'over') return await refuse(reply, 409, 'The run is over already.');
    log.info({ runId: params.data.id, by }, 'a replay run is aborted');
    return await reply.redirect('/dead-letters', 303);
  });

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    asked: AskedLetters,
    { after, count = null }: { after?: string | undefined; count?: Awaited<ReturnType<LetterAdmin['count']>> | null },
  ): Promise<FastifyReply> {
    const operator = operatorOf(request);
    // Never: it is asked behind authentication only.
    if (operator === null) return await refuse(reply, 404, 'There is nothing here.');
    const found = await letters.list(toQuery(asked), { after, limit: rowsMost });
    const shown = { ...found, runs: (await runs.list()).slice(0, 20), asked, count, operator };
    return await reply.type('text/html; charset=utf-8').send(lettersPage(shown));
  }
}

const wrongFilter =
  'Expected provider, channel, code, providerCode, since and until as the form of /dead-letters gives them; for a run also perSecond (1 to 1000), canary (1 to 100) and canaryWaitSeconds.';

async function refuse(reply: FastifyReply, status: number, says: string): Promise<FastifyReply> {
  return await reply.code(status).type('text/plain; charset=utf-8').send(`${says}\n`);
}

function toQuery({ provider, channel, code, providerCode, since, until }: AskedLetters): LetterQuery {
  return { provider, channelId: channel, code, providerCode, from: since, to: until };
}
