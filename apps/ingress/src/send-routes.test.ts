import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { providerIdSchema } from '@posthorn/message';
import { z } from 'zod';
import { startTestIngress, type TestIngress } from './testing/start-test-ingress.ts';
import type { Answer } from './testing/test-answer.ts';

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startTestIngress();
});
afterAll(() => ingress.close());

const acceptedSchema = z.object({
  id: z.string(),
  status: z.literal('accepted'),
  links: z.object({ self: z.string() }),
});
const batchSchema = z.object({
  results: z.array(
    z.object({
      index: z.number(),
      status: z.number(),
      id: z.string().optional(),
      replayed: z.boolean().optional(),
      problem: z.object({ code: z.string(), errors: z.array(z.object({ pointer: z.string() })).optional() }).optional(),
    }),
  ),
});
const send = async (body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer> =>
  await ingress.call('POST', '/v1/messages', body, headers);
const idOf = (answer: Answer): string => acceptedSchema.parse(answer.body).id;

function problemOf(answer: Answer) {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const problem = z
    .object({
      status: z.number(),
      code: z.string(),
      type: z.string(),
      errors: z.array(z.object({ detail: z.string(), pointer: z.string() })).default([]),
    })
    .parse(answer.body);
  expect(problem.status).toBe(answer.status);
  expect(problem.type).toMatch(new RegExp(`${problem.code}$`, 'u'));
  return { status: answer.status, code: problem.code, pointers: problem.errors.map(({ pointer }) => pointer) };
}

describe('POST /v1/messages', () => {
  it('answers 202 with an id and where to look, once the message is stored', async () => {
    const answer = await send(ingress.request());
    expect(answer.status).toBe(202);
    const { id, links } = acceptedSchema.parse(answer.body);
    expect(answer.headers.get('location')).toBe(links.self);
    expect((await ingress.call('GET', links.self)).body).toMatchObject({ id, status: 'accepted' });
  });

  it.each([
    ['invalid JSON', '{"channelId":', 400, 'invalid_json', []],
    ['an empty body', '', 400, 'invalid_json', []],
    ['a poisoned body', '{"__proto__":{"x":1}}', 400, 'invalid_json', []],
    ['an unknown type', { content: { type: 'fax' } }, 422, 'invalid_request', ['/content/type']],
    ['a bad number', { to: '0171 1234567' }, 422, 'invalid_request', ['/to']],
    ['an unknown channel', { channelId: 'nobody' }, 404, 'channel_not_found', ['/channelId']],
    [
      'a text of 4097 characters',
      { content: { type: 'text', body: '🦄'.repeat(4097) } },
      422,
      'content_refused',
      ['/content/body'],
    ],
    ['an unknown field', { tto: 'x' }, 422, 'invalid_request', ['/tto']],
  ])('refuses %s', async (_name, change, status, code, pointers) => {
    const isText = typeof change === 'string';
    const answer = await send(isText ? change : ingress.request(change), { 'content-type': 'application/json' });
    expect(problemOf(answer)).toEqual({ status, code, pointers });
  });

  it('takes 4096 characters of four bytes each', async () => {
    expect((await send(ingress.request({ content: { type: 'text', body: '🦄'.repeat(4096) } }))).status).toBe(202);
  });

  it("answers for another tenant's channel as for one that is not there", async () => {
    const theirs = await send(ingress.request({ channelId: ingress.theirs }));
    const nobodys = await send(ingress.request({ channelId: `theirs-${randomUUID()}` }));
    expect(theirs.status).toBe(404);
    expect(theirs.text).toBe(nobodys.text);
  });

  it('refuses messages for a channel that is being removed', async () => {
    const own = await startTestIngress();
    try {
      await own.ledger.setState({ id: own.ours, provider: providerIdSchema.parse('whatsapp-cloud') }, 'draining');
      expect(problemOf(await own.call('POST', '/v1/messages', own.request()))).toMatchObject({
        status: 409,
        code: 'channel_closed',
      });
    } finally {
      await own.close();
    }
  });

  it.each([
    ['another content type', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['no content type', { 'content-type': '' }, 415, 'unsupported_media_type'],
    [
      'a key of 256 characters',
      { 'content-type': 'application/json', 'idempotency-key': 'x'.repeat(256) },
      400,
      'invalid_idempotency_key',
    ],
  ])('refuses %s', async (_name, headers, status, code) => {
    expect(problemOf(await send(JSON.stringify(ingress.request()), headers))).toMatchObject({ status, code });
  });

  it.each([
    ['no key', {}],
    ['a wrong key', { authorization: `Bearer phk_${'A'.repeat(43)}` }],
    ['another scheme', { authorization: 'Basic abc' }],
  ])('lets nobody in with %s', async (_name, headers) => {
    const response = await fetch(`${ingress.url}/v1/messages`, { method: 'POST', headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="posthorn"');
    expect(await response.json()).toMatchObject({ code: 'unauthenticated' });
  });

  it('says nothing of a recipient or a text in its log', async () => {
    await send(ingress.request({ to: '+4915112345678', content: { type: 'text', body: 'a private word' } }));
    await send(ingress.request({ to: '4915112345678', content: { type: 'text', body: 'a private word', x: 1 } }));
    const said = JSON.stringify(ingress.logLines());
    expect(said).not.toMatch(/15112345678|private word/u);
    expect(ingress.logLines().at(-1)).toMatchObject({ op: 'sendMessage', code: 'invalid_request', status: 422 });
    expect(ingress.logLines().at(-2)).toMatchObject({
      op: 'sendMessage',
      code: 'accepted',
      durationMs: expect.any(Number),
    });
  });

  it('counts what it accepts and refuses', async () => {
    await send(ingress.request({ priority: 'bulk' }));
    const text = await ingress.metricsText();
    expect(text).toContain('posthorn_messages_accepted_total{provider="whatsapp-cloud",lane="bulk"} 1');
    expect(text).toMatch(/posthorn_requests_refused_total\{code="invalid_json"\} \d/u);
    expect(text).toMatch(/posthorn_accept_duration_seconds_sum 0\.\d*[1-9]/u);
  });
});

describe('the same key', () => {
  it('is one message, however often it is sent', async () => {
    const key = { 'idempotency-key': `"${randomUUID()}"` };
    const first = await send(ingress.request(), key);
    const second = await send(ingress.request(), key);
    expect(second.status).toBe(202);
    expect(second.text).toBe(first.text);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second.headers.get('idempotent-replayed')).toBe('true');
  });

  it('is the same with and without quotes', async () => {
    const key = randomUUID();
    const first = await send(ingress.request(), { 'idempotency-key': key });
    expect(idOf(await send(ingress.request(), { 'idempotency-key': `"${key}"` }))).toBe(idOf(first));
  });

  it('is refused with another body', async () => {
    const key = { 'idempotency-key': randomUUID() };
    await send(ingress.request(), key);
    expect(problemOf(await send(ingress.request({ to: '+15550002222' }), key))).toMatchObject({
      status: 422,
      code: 'idempotency_key_reused',
    });
  });

  it('sent 100 times at once is one message', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const body = ingress.request({ to: '+15550003333' });
    const answers = await Promise.all(Array.from({ length: 100 }, async () => await send(body, key)));
    expect(new Set(answers.map(idOf)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    const listed = await ingress.call('GET', `/v1/messages?channelId=${ingress.ours}&recipient=%2B15550003333`);
    expect(z.object({ messages: z.array(z.unknown()) }).parse(listed.body).messages).toHaveLength(1);
  });

  it('is kept for at least a day after the message expires', async () => {
    const key = randomUUID();
    await send(ingress.request({ ttlSeconds: 3600 }), { 'idempotency-key': key });
    const kept = await ingress.redis.keys('posthorn:{t:ours}:idem:*');
    const lives = await Promise.all(kept.map(async (name) => await ingress.redis.pttl(name)));
    expect(Math.min(...lives)).toBeGreaterThan(86_400_000);
    expect(kept.join(' ')).not.toContain(key);
  });
});

describe('POST /v1/messages/batch', () => {
  const batch = async (messages: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer> =>
    await ingress.call('POST', '/v1/messages/batch', { messages }, headers);

  it('takes 1,000 messages and keeps the order of each conversation', async () => {
    const messages = Array.from({ length: 1000 }, (_none, index) =>
      ingress.request({ to: `+1555111${String(index % 50).padStart(4, '0')}`, callbackData: String(index) }),
    );
    const { results } = batchSchema.parse((await batch(messages)).body);
    expect(results.map(({ index }) => index)).toEqual(messages.map((_message, index) => index));
    expect(results.every(({ status }) => status === 202)).toBe(true);
    const listed = await ingress.call('GET', `/v1/messages?channelId=${ingress.ours}&recipient=%2B15551110007`);
    const { messages: seen } = z
      .object({ messages: z.array(z.object({ callbackData: z.string() })) })
      .parse(listed.body);
    expect(seen.map(({ callbackData }) => Number(callbackData)).toReversed()).toEqual(
      Array.from({ length: 20 }, (_none, index) => 7 + index * 50),
    );
  });

  it.each([
    ['1,001 messages', Array.from({ length: 1001 }, () => ({})), '/messages'],
    ['no messages', [], '/messages'],
    ['no list', 'x', '/messages'],
  ])('refuses %s as a whole', async (_name, messages, pointer) => {
    expect(problemOf(await batch(messages))).toEqual({ status: 422, code: 'invalid_request', pointers: [pointer] });
  });

  it('answers each message in its place', async () => {
    const { results } = batchSchema.parse(
      (
        await batch([
          ingress.request(),
          ingress.request({ to: '1' }),
          ingress.request({ channelId: ingress.theirs }),
          7,
        ])
      ).body,
    );
    expect(results.map(({ status, problem }) => [status, problem?.code, problem?.errors?.[0]?.pointer])).toEqual([
      [202, undefined, undefined],
      [422, 'invalid_request', '/messages/1/to'],
      [404, 'channel_not_found', '/messages/2/channelId'],
      [422, 'invalid_request', '/messages/3'],
    ]);
  });

  it('knows each message by its own key', async () => {
    const idempotencyKey = randomUUID();
    const { results } = batchSchema.parse(
      (
        await batch([
          { ...ingress.request(), idempotencyKey },
          { ...ingress.request(), idempotencyKey },
          { ...ingress.request(), idempotencyKey: 'ü' },
        ])
      ).body,
    );
    expect(results[1]).toMatchObject({ id: results[0]?.id, replayed: true });
    expect(results[2]).toMatchObject({ status: 422, problem: { errors: [{ pointer: '/messages/2/idempotencyKey' }] } });
  });

  it('is safe to repeat as a whole under one key', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const messages = [ingress.request(), ingress.request()];
    const first = batchSchema.parse((await batch(messages, key)).body);
    const again = batchSchema.parse((await batch(messages, key)).body);
    expect(again.results.map(({ id }) => id)).toEqual(first.results.map(({ id }) => id));
    expect(new Set(first.results.map(({ id }) => id)).size).toBe(2);
  });
});
