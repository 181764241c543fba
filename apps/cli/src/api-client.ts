import { setTimeout as delay } from 'node:timers/promises';
import type { Http, HttpReply, HttpRequest } from '@posthorn/runtime';
import { z } from 'zod';
import { CliError } from './cli-error.ts';

const problemSchema = z.looseObject({
  title: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});

const entrySchema = z.looseObject({
  at: z.string(),
  what: z.string(),
  generation: z.number().optional(),
  attempt: z.number().optional(),
  status: z.string().optional(),
  code: z.string().optional(),
  problem: z.looseObject({ code: z.string(), title: z.string().optional(), details: z.string().optional() }).optional(),
  durationMs: z.number().optional(),
  afterMs: z.number().optional(),
  note: z.string().optional(),
});

const messageSchema = z.looseObject({
  id: z.string(),
  channelId: z.string(),
  status: z.string(),
  statusAt: z.string(),
  generation: z.number(),
  priority: z.string(),
  attempts: z.number(),
  acceptedAt: z.string(),
  expiresAt: z.string(),
  failure: z
    .looseObject({
      code: z.string(),
      says: z.string(),
      problem: z.looseObject({ code: z.string(), title: z.string().optional() }).nullable(),
    })
    .nullable(),
  possibleDuplicate: z.boolean(),
  provider: z.looseObject({ name: z.string(), id: z.string().nullable() }),
  waitsFor: z
    .looseObject({
      kind: z.string(),
      until: z.string().optional(),
      since: z.string().optional(),
      messageId: z.string().optional(),
      code: z.string().optional(),
      reasons: z.array(z.string()).optional(),
      pauses: z
        .array(z.looseObject({ reason: z.string(), by: z.string(), since: z.string(), why: z.string().nullable() }))
        .optional(),
    })
    .nullable(),
  timeline: z.array(entrySchema),
});
/** As much of the API's answer as is shown here. */
export type ShownMessage = z.infer<typeof messageSchema>;

const receivedSchema = z.looseObject({
  id: z.string(),
  externalId: z.string(),
  content: z.looseObject({ type: z.string(), text: z.string().optional() }),
});
const eventsSchema = z.object({
  events: z.array(
    z.looseObject({ type: z.string(), data: z.looseObject({ message: z.unknown() }) }).transform(({ type, data }) => ({
      type,
      message: type === 'message.received' ? (receivedSchema.safeParse(data.message).data ?? null) : null,
    })),
  ),
});

/** The message API, as a producer calls it. What it refuses is a `CliError` with its own words. */
export interface ApiClient {
  readonly send: (request: unknown, idempotencyKey?: string) => Promise<{ readonly id: string }>;
  readonly message: (id: string) => Promise<ShownMessage>;
  readonly events: (channelId: string) => Promise<z.infer<typeof eventsSchema>['events']>;
  /** Any other route. */
  readonly call: <Schema extends z.ZodType>(
    method: HttpRequest['method'],
    path: string,
    schema: Schema,
    body?: unknown,
  ) => Promise<z.output<Schema>>;
}

const repeatsMost = 3;
const waitMostMs = 5_000;

/** How long to wait where Redis did not answer the API in time, as the API says; null: that is not it. */
function awayMs(reply: HttpReply): number | null {
  if (reply.kind !== 'answered' || reply.status !== 503) return null;
  return Math.min(waitMostMs, Number(reply.headers['retry-after'] ?? 2) * 1_000 || 0);
}

/** Calls the message API. While Redis is away, what may be done twice is asked up to three times more. */
export function createApiClient({
  url,
  key,
  http,
}: {
  readonly url: string;
  readonly key: string;
  readonly http: Http;
}): ApiClient {
  const call = async <Schema extends z.ZodType>(
    request: Pick<HttpRequest, 'operation' | 'method' | 'headers' | 'body'>,
    path: string,
    schema: Schema,
  ): Promise<z.output<Schema>> => {
    const headers = { ...request.headers, authorization: `Bearer ${key}` };
    // A repeat of anything else might do it twice.
    const isSafe = request.method !== 'POST' || request.headers?.['idempotency-key'] !== undefined;
    const ask = async () => await http({ ...request, headers, url: `${url.replace(/\/$/u, '')}${path}` });
    let reply = await ask();
    for (let left = isSafe ? repeatsMost : 0; left > 0; left -= 1) {
      const waitMs = awayMs(reply);
      if (waitMs === null) break;
      await delay(waitMs);
      reply = await ask();
    }
    if (reply.kind !== 'answered') {
      throw new CliError(
        `The message API at ${url} gave no answer (${reply.reason}). Is it running there? Start it ("npx posthorn up"), or correct POSTHORN_URL.`,
      );
    }
    const read = schema.safeParse(reply.body);
    if (reply.status >= 200 && reply.status < 300 && read.success) return read.data;
    throw new CliError(refusalWords(reply.status, reply.body));
  };

  return {
    send: async (request, idempotencyKey) =>
      await call(
        {
          operation: 'cli.send',
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
          },
          body: JSON.stringify(request),
        },
        '/v1/messages',
        z.looseObject({ id: z.string() }),
      ),
    message: async (id) =>
      await call({ operation: 'cli.message', method: 'GET' }, `/v1/messages/${encodeURIComponent(id)}`, messageSchema),
    events: async (channelId) =>
      (
        await call(
          { operation: 'cli.events', method: 'GET' },
          `/v1/channels/${encodeURIComponent(channelId)}/events`,
          eventsSchema,
        )
      ).events,
    call: async (method, path, schema, body) =>
      await call(
        {
          operation: 'cli.call',
          method,
          ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
        },
        path,
        schema,
      ),
  };
}

/** What the message API said, for people. */
export function refusalWords(status: number, body: unknown): string {
  const problem = problemSchema.safeParse(body);
  if (!problem.success)
    return `The message API answered ${status}, and not in a way posthorn does. Is POSTHORN_URL right?`;
  const { title, detail, errors = [] } = problem.data;
  const faults = errors.map((fault) => `  ${fault.pointer}: ${fault.detail}`);
  return [
    `The message API refused it (${status}): ${title}.${detail === undefined ? '' : ` ${detail}`}`,
    ...faults,
  ].join('\n');
}
