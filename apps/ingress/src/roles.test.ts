import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAccess, mayAct, roleSchema, type Role } from '@posthorn/access';
import { createAudit } from '@posthorn/channel-admin';
import { systemClock } from '@posthorn/runtime';
import { z } from 'zod';
import { startTestIngress, type TestIngress } from './testing/start-test-ingress.ts';
import { readAnswer, type Answer } from './testing/test-answer.ts';

/** Everything here is made from the API description: a new route is covered without a line of its own. */
interface Operation {
  readonly name: string;
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly roles: readonly Role[];
  readonly required: readonly string[];
  readonly example: unknown;
}

const documentSchema = z.object({
  components: z.looseObject({
    schemas: z.record(z.string(), z.looseObject({ examples: z.array(z.unknown()).optional() })),
  }),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        operationId: z.string(),
        security: z.array(z.unknown()).optional(),
        'x-roles': z.array(roleSchema).optional(),
        parameters: z
          .array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean().optional() }))
          .default([]),
        requestBody: z
          .looseObject({
            content: z.record(
              z.string(),
              z.looseObject({ schema: z.looseObject({ $ref: z.string().optional() }).optional() }),
            ),
          })
          .optional(),
      }),
    ),
  ),
});

let ingress: TestIngress;
let operations: readonly Operation[];
const keyByRole = new Map<Role, string>();
let theirKey = '';

beforeAll(async () => {
  ingress = await startTestIngress();
  const access = createAccess({ redis: ingress.redis, clock: systemClock });
  const keyFor = async (tenantId: string, role: Role) =>
    (await access.createKey({ tenantId, role, name: `${tenantId} ${role}` })).key;
  for (const role of roleSchema.options) keyByRole.set(role, await keyFor('ours', role));
  theirKey = await keyFor('theirs', 'admin');
  operations = readOperations(documentSchema.parse((await ingress.call('GET', '/openapi.json')).body));
});
afterAll(() => ingress.close());

function readOperations({ paths, components }: z.infer<typeof documentSchema>): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      // Webhooks prove themselves in the providers' ways, links to files by their token: both say so in the description.
      .filter(([, { security }]) => security === undefined || security.length > 0)
      .map(([method, { operationId, 'x-roles': roles, parameters, requestBody }]) => {
        const reference = requestBody?.content['application/json']?.schema?.$ref?.split('/').at(-1) ?? '';
        return {
          name: `${method} ${path}`,
          operationId,
          method: method.toUpperCase(),
          path,
          roles: roles ?? [],
          required: parameters.filter((each) => each.in === 'query' && each.required === true).map(({ name }) => name),
          example: components.schemas[reference]?.examples?.[0] ?? {},
        };
      }),
  );
}

async function call(key: string | null, { method, path }: Operation, place: Place, body?: unknown): Promise<Answer> {
  const hasBody = body !== undefined && !['GET', 'HEAD'].includes(method);
  const response = await fetch(`${ingress.url}${path.replaceAll(/\{\w+\}/gu, place.id)}${place.query}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(hasBody && { 'content-type': 'application/json' }),
    },
    ...(hasBody && { body: JSON.stringify(body) }),
  });
  const { status, headers } = response;
  // A stream would never end; what it may tell is in the tests of events.
  const isStream = headers.get('content-type')?.includes('event-stream') === true;
  if (isStream) await response.body?.cancel();
  // The answer to a HEAD has a type without a body.
  if (isStream || method === 'HEAD') return { status, headers, text: '', body: null };
  return await readAnswer(response);
}

interface Place {
  readonly id: string;
  readonly query: string;
}

/** Of the same look as an id that exists, and of nothing. */
function unknownLike(id: string): string {
  return id.replace(/.{4}$/u, (end) => (end === '0000' ? '1111' : '0000'));
}

function placeOf(operation: Operation, id: string, channelId: string): Place {
  const query = operation.required.map((name) => `${name}=${name === 'channelId' ? channelId : '1'}`).join('&');
  return { id, query: query === '' ? '' : `?${query}` };
}

describe('every route behind keys', () => {
  it('names its roles in the description', () => {
    expect(operations.length).toBeGreaterThanOrEqual(9);
    expect(operations.filter(({ roles }) => roles.length === 0).map(({ name }) => name)).toEqual([]);
  });

  it('lets nobody in without a key, or with a wrong one', async () => {
    for (const operation of operations) {
      const place = placeOf(operation, 'nothing', 'nothing');
      for (const key of [null, `phk_${'x'.repeat(43)}`, 'nonsense']) {
        const { status } = await call(key, operation, place);
        // Wrong keys are slowed down after a while.
        expect({ name: operation.name, key, isIn: ![401, 429].includes(status) }).toEqual({
          name: operation.name,
          key,
          isIn: false,
        });
      }
    }
  });

  it.each(roleSchema.options)('lets %s do what the route says, and nothing else', async (role) => {
    const key = keyByRole.get(role) ?? '';
    for (const operation of operations) {
      const answer = await call(
        key,
        operation,
        placeOf(operation, unknownLike(ingress.ours), unknownLike(ingress.ours)),
      );
      const mayCall = mayAct(role, operation.roles);
      expect({
        name: operation.name,
        status: answer.status,
        mayCall: ![401, 403].includes(answer.status),
      }).toMatchObject({ mayCall });
      if (!mayCall && operation.method !== 'HEAD')
        expect(answer.body).toMatchObject({
          code: 'forbidden',
          detail: expect.stringContaining(`one of the role ${role}`),
        });
    }
  });

  it.each([
    ['post /v1/messages', ['producer', 'ops', 'admin']],
    ['get /v1/channels', ['producer', 'subscriber-admin', 'ops', 'admin']],
  ])('%s is for %j', (name, roles) => {
    const found = operations.find((operation) => operation.name === name);
    expect(roleSchema.options.filter((role) => mayAct(role, found?.roles ?? []))).toEqual(roles);
  });
});

describe('another tenant', () => {
  /** Ids of theirs: what each collection makes from the example of its description, with their key. */
  async function theirIds(): Promise<ReadonlyMap<string, string>> {
    const idByCollection = new Map([['/v1/channels', String(ingress.theirs)]]);
    for (const operation of operations.filter(({ method, path }) => method === 'POST' && !path.includes('{'))) {
      const body = typeof operation.example === 'object' && operation.example !== null ? { ...operation.example } : {};
      const place = placeOf(operation, '', ingress.theirs);
      const answer = await call(
        theirKey,
        operation,
        place,
        'channelId' in body ? { ...body, channelId: ingress.theirs } : body,
      );
      const made = z.looseObject({ id: z.string() }).safeParse(answer.body);
      if (answer.status < 300 && made.success && !idByCollection.has(operation.path))
        idByCollection.set(operation.path, made.data.id);
    }
    return idByCollection;
  }

  it('is 404, never a hint: the same answer as for an id that nobody has', async () => {
    const idByCollection = await theirIds();
    expect(idByCollection.get('/v1/messages')).toBeDefined();
    const key = keyByRole.get('admin') ?? '';
    for (const operation of operations) {
      const takesId = operation.path.includes('{');
      if (!takesId && !operation.required.includes('channelId')) continue;
      const collection = operation.path.split('/{', 1)[0] ?? '';
      const id = (takesId ? idByCollection.get(collection) : undefined) ?? String(ingress.theirs);
      const body = operation.method === 'GET' ? undefined : operation.example;
      const [theirs, nobodys] = await Promise.all(
        [id, unknownLike(id)].map(
          async (each) => await call(key, operation, placeOf(operation, each, takesId ? ingress.ours : each), body),
        ),
      );
      const shown = (answer: Answer | undefined) => ({
        name: operation.name,
        status: answer?.status,
        text: answer?.text.replaceAll(id, 'ID').replaceAll(unknownLike(id), 'ID'),
      });
      expect(shown(theirs)).toEqual(shown(nobodys));
      // What is wrong with the request itself may be told first.
      expect({ name: operation.name, isRefused: [400, 404, 415, 422].includes(theirs?.status ?? 0) }).toEqual({
        name: operation.name,
        isRefused: true,
      });
      if (idByCollection.has(collection) && ['GET', 'DELETE'].includes(operation.method))
        expect({ name: operation.name, status: theirs?.status }).toEqual({ name: operation.name, status: 404 });
    }
    const left = await call(
      theirKey,
      { name: '', operationId: '', method: 'GET', path: '/v1/messages/{id}', roles: [], required: [], example: null },
      { id: idByCollection.get('/v1/messages') ?? '', query: '' },
    );
    expect(left).toMatchObject({ status: 200, body: { status: 'accepted' } });
  });

  it('is not in any list', async () => {
    for (const operation of operations.filter(
      ({ method, path, required }) => method === 'GET' && !path.includes('{') && required.length === 0,
    )) {
      const answer = await call(keyByRole.get('admin') ?? '', operation, { id: '', query: '' });
      expect([operation.name, answer.status]).toEqual([operation.name, 200]);
      expect(answer.text).not.toContain(ingress.theirs);
    }
  });
});

const channel = {
  id: `audited-${randomUUID()}`,
  provider: 'whatsapp-cloud',
  settings: {
    phoneNumberId: '106540352242922',
    wabaId: '102290129340398',
    accessToken: 'EAAtoken',
    appSecret: 'a-secret-of-the-tests',
    verifyToken: 'verify-me',
  },
};

/** In this order, one after the other: each on what the ones before made. */
const changes: readonly {
  readonly operationId: string;
  readonly action: string;
  /** Where the id comes from that is named in the path. */
  readonly on?: 'channel' | 'subscription' | 'medium' | 'person';
  readonly body?: unknown;
}[] = [
  { operationId: 'addChannel', action: 'channel.add', body: channel },
  { operationId: 'putChannel', action: 'channel.change', on: 'channel', body: { ...channel, id: undefined } },
  { operationId: 'changeChannel', action: 'channel.change', on: 'channel', body: { pacePerSecond: 3 } },
  { operationId: 'connectChannel', action: 'channel.connect', on: 'channel', body: { publicUrl: 'https://a.example' } },
  { operationId: 'pauseChannel', action: 'channel.pause', on: 'channel' },
  { operationId: 'resumeChannel', action: 'channel.resume', on: 'channel' },
  { operationId: 'createSubscription', action: 'subscription.add' },
  { operationId: 'changeSubscription', action: 'subscription.change', on: 'subscription', body: { name: 'another' } },
  { operationId: 'rotateSecret', action: 'subscription.rotate', on: 'subscription', body: {} },
  { operationId: 'pauseSubscription', action: 'subscription.pause', on: 'subscription' },
  { operationId: 'resumeSubscription', action: 'subscription.resume', on: 'subscription' },
  { operationId: 'testSubscription', action: 'subscription.test', on: 'subscription' },
  { operationId: 'replayDeadEvents', action: 'subscription.replay_dead', on: 'subscription', body: {} },
  {
    operationId: 'replayEvents',
    action: 'subscription.replay',
    on: 'subscription',
    body: { since: '2026-11-01T00:00:00Z' },
  },
  { operationId: 'deleteSubscription', action: 'subscription.remove', on: 'subscription' },
  { operationId: 'deleteMedia', action: 'media.delete', on: 'medium' },
  { operationId: 'setOptOutWords', action: 'opt_out_words.set', body: { stop: ['genug'] } },
  { operationId: 'changeTenant', action: 'tenant.set', body: { contentKeptMs: null } },
  { operationId: 'eraseRecipient', action: 'recipient.erase', on: 'person' },
  { operationId: 'resetOptOutWords', action: 'opt_out_words.reset' },
  {
    operationId: 'beginOnboarding',
    action: 'onboarding.begin',
    body: {
      channelId: 'new-number',
      code: 'AQ-code',
      settings: { wabaId: '1022', phoneNumberId: '1065', pin: '654321' },
    },
  },
  { operationId: 'removeChannel', action: 'channel.remove', on: 'channel' },
];

/** What leaves no entry when it is done as below: what the routes themselves give reasons for, and what is refused. */
const untold = new Set([
  'sendMessage',
  'sendBatch',
  'cancelMessage',
  'markRead',
  'optOut',
  'optIn',
  'uploadMedia',
  'deliverMedia',
  'verifyChannel',
  // One that runs is not run again: it is refused here.
  'retryOnboarding',
]);

describe('what is changed by the API', () => {
  it('is in the audit, once each: who, what, and on what, without a value', async () => {
    const isChanging = ({ method }: Operation) => !['GET', 'HEAD'].includes(method);
    const left = operations.filter((each) => isChanging(each) && !untold.has(each.operationId));
    expect(left.map(({ operationId }) => operationId).toSorted()).toEqual(
      changes.map(({ operationId }) => operationId).toSorted(),
    );

    const access = createAccess({ redis: ingress.redis, clock: systemClock });
    const { key, id: keyId } = await access.createKey({ tenantId: 'ours', role: 'admin', name: 'audited' });
    const audit = createAudit({ redis: ingress.redis });
    const told = async () =>
      (await audit.list({ tenantId: 'ours', limit: 1_000 })).filter(({ by }) => by === `api:${keyId}`);
    const authorization = `Bearer ${key}`;
    const upload = await ingress.call('POST', '/v1/media', 'a', { authorization, 'content-type': 'text/plain' });
    const ids = new Map([
      ['channel', channel.id],
      ['person', '+15550009999'],
      ['medium', z.object({ id: z.string() }).parse(upload.body).id],
    ]);
    expect(await told()).toEqual([]);

    for (const [index, { operationId, action, on, body }] of changes.entries()) {
      const operation = operations.find((each) => each.operationId === operationId);
      if (operation === undefined) throw new Error(`there is no ${operationId}`);
      const id = ids.get(on ?? '') ?? '';
      const answer = await call(key, operation, { id, query: '' }, body ?? operation.example);
      expect({ operationId, isDone: answer.status < 300, text: answer.text }).toEqual({
        operationId,
        isDone: true,
        text: answer.text,
      });
      if (operationId === 'createSubscription')
        ids.set('subscription', z.object({ id: z.string() }).parse(answer.body).id);
      const [newest, ...earlier] = await told();
      expect({ operationId, count: earlier.length + 1 }).toEqual({ operationId, count: index + 1 });
      expect(newest).toMatchObject({ action, by: `api:${keyId}` });
      // Of a person nothing is kept, not even in the books.
      if (on !== undefined && on !== 'person') expect([newest?.channelId, ...(newest?.changed ?? [])]).toContain(id);
      expect(JSON.stringify(newest)).not.toContain('a.example');
    }
    const kept = JSON.stringify(await told());
    for (const value of ['whsec_', 'genug', 'AQ-code', '654321', 'EAAtoken', '5550009999'])
      expect(kept).not.toContain(value);
    expect(kept).toContain('onb_');
  });
});
