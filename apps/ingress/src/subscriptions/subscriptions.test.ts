import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAccess } from '@posthorn/access';
import { isSigningSecret } from '@posthorn/forwarding';
import { eventEnvelopeSchema, messageIdSchema, subscriptionIdSchema, type EventEnvelope } from '@posthorn/message';
import { createQueues, deadEventQueue } from '@posthorn/queue';
import { systemClock } from '@posthorn/runtime';
import { createDeliveryLog } from '@posthorn/subscription';
import { z } from 'zod';
import { startTestIngress, type TestIngress } from '../testing/start-test-ingress.ts';
import type { Answer } from '../testing/test-answer.ts';
import { readWait } from './prefer-wait.ts';

let ingress: TestIngress;
let adminKey = '';
let strangerKey = '';

beforeAll(async () => {
  ingress = await startTestIngress();
  const access = createAccess({ redis: ingress.redis, clock: systemClock });
  adminKey = (await access.createKey({ tenantId: 'ours', role: 'subscriber-admin', name: 'crm' })).key;
  strangerKey = (await access.createKey({ tenantId: 'theirs', role: 'admin', name: 'stranger' })).key;
});
afterAll(async () => await ingress.close());

const call = async (method: string, path: string, body?: unknown, key = adminKey): Promise<Answer> =>
  await ingress.call(method, path, body, { authorization: `Bearer ${key}` });
const made = z.object({ id: subscriptionIdSchema, secret: z.string(), state: z.string() });
const make = async (changes: object = {}) =>
  made.parse((await call('POST', '/v1/subscriptions', { url: 'https://example.com/hooks', ...changes })).body);
const send = async (): Promise<string> =>
  z.object({ id: messageIdSchema }).parse((await ingress.call('POST', '/v1/messages', ingress.request())).body).id;

describe('subscriptions', () => {
  it('are made with a secret that is shown once, listed, changed and removed', async () => {
    const { id, secret } = await make({ name: 'crm', types: ['message.received'], channels: [ingress.ours] });
    expect(isSigningSecret(secret)).toBe(true);
    const shown = await call('GET', `/v1/subscriptions/${id}`);
    expect(shown.body).toMatchObject({
      id,
      state: 'active',
      name: 'crm',
      waiting: 0,
      behindOn: [],
      lastDeliveredAt: null,
    });
    expect((await call('GET', '/v1/subscriptions')).body).toMatchObject({ subscriptions: [{ id }] });
    expect(shown.text).not.toContain(secret);

    const changed = await call('PATCH', `/v1/subscriptions/${id}`, { types: null });
    expect(changed.body).toMatchObject({ types: null, name: 'crm', channels: [ingress.ours] });
    expect((await call('DELETE', `/v1/subscriptions/${id}`)).status).toBe(204);
    expect((await call('GET', `/v1/subscriptions/${id}`)).status).toBe(404);
  });

  it('are their tenant’s alone, and not a producer’s', async () => {
    const { id } = await make();
    for (const path of ['', '/deliveries', '/dead-letters']) {
      expect((await call('GET', `/v1/subscriptions/${id}${path}`, undefined, strangerKey)).status).toBe(404);
    }
    expect((await call('POST', `/v1/subscriptions/${id}/resume`, undefined, strangerKey)).status).toBe(404);
    expect((await call('GET', `/v1/subscriptions/${id}`, undefined, ingress.key)).status).toBe(403);
    await call('DELETE', `/v1/subscriptions/${id}`);
  });

  it.each([
    [{ url: 'http://169.254.169.254/latest' }, '/url'],
    [{ url: 'https://10.0.0.1/hooks' }, '/url'],
    [{ url: 'nonsense' }, '/url'],
    [{ secret: 'whsec_c2hvcnQ=' }, '/secret'],
    [{ channels: ['not-ours'] }, '/channels/0'],
    [{ types: ['message.unheard'] }, '/types/0'],
  ])('are refused where they could not work: %j', async (changes, pointer) => {
    const answer = await call('POST', '/v1/subscriptions', { url: 'https://example.com/hooks', ...changes });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
  });

  it('have two secrets while one is rotated', async () => {
    const { id, secret } = await make();
    const rotated = await call('POST', `/v1/subscriptions/${id}/rotate-secret`, { overlapSeconds: 60 });
    const next = z.object({ secret: z.string(), previousSecretUntil: z.iso.datetime() }).parse(rotated.body);
    expect(next.secret).not.toBe(secret);
    await call('DELETE', `/v1/subscriptions/${id}`);
  });

  it('are paused and resumed, and tested', async () => {
    const { id } = await make();
    expect((await call('POST', `/v1/subscriptions/${id}/pause`)).body).toMatchObject({ state: 'paused' });
    expect((await call('POST', `/v1/subscriptions/${id}/test`)).status).toBe(202);
    expect((await call('GET', `/v1/subscriptions/${id}`)).body).toMatchObject({ waiting: 1 });
    expect((await call('POST', `/v1/subscriptions/${id}/resume`)).body).toMatchObject({
      state: 'active',
      standing: null,
    });
    await call('DELETE', `/v1/subscriptions/${id}`);
  });

  it('show how they do: what waits, since when deliveries fail, and how', async () => {
    const { id } = await make();
    await call('POST', `/v1/subscriptions/${id}/test`);
    const deliveries = createDeliveryLog({ redis: ingress.redis, sealer: ingress.sealer });
    const record = { eventId: 'evt_1', type: 'subscription.test', attempt: 1, durationMs: 1, nextAt: null } as const;
    const [wentWell, began, last] = [1_764_000_000_000, 1_764_000_001_000, 1_764_000_002_000];
    await deliveries.add(id, {
      ...record,
      at: wentWell,
      outcome: 'delivered',
      status: 204,
      reason: null,
      answer: null,
    });
    expect((await call('GET', `/v1/subscriptions/${id}`)).body).toMatchObject({
      failingSince: null,
      lastFailure: null,
    });
    await deliveries.add(id, { ...record, at: began, outcome: 'later', status: 500, reason: null, answer: 'no' });
    await deliveries.add(id, { ...record, at: last, outcome: 'later', status: null, reason: 'timeout', answer: null });
    expect((await call('GET', `/v1/subscriptions/${id}`)).body).toMatchObject({
      waiting: 1,
      retrying: 0,
      oldestAgeSeconds: expect.any(Number),
      lastDeliveredAt: '2025-11-24T16:00:00.000Z',
      failingSince: '2025-11-24T16:00:01.000Z',
      lastFailure: { at: '2025-11-24T16:00:02.000Z', status: null, reason: 'timeout' },
    });
    await call('DELETE', `/v1/subscriptions/${id}`);
    expect(await ingress.redis.keys(`posthorn:{${id}}:*`)).toEqual([]);
  });

  it('get everything since a time again: counted first, then done, in pieces', async () => {
    const since = new Date(systemClock.now() - 1_000).toISOString();
    await ingress.redis.set(`posthorn:{${ingress.ours}}:fan`, '0-0');
    for (let at = 0; at < 3; at += 1) await send();
    const newest = await ingress.redis.xrevrange(`posthorn:{${ingress.ours}}:ev`, '+', '-', 'COUNT', 1);
    await ingress.redis.set(`posthorn:{${ingress.ours}}:fan`, newest[0]?.[0] ?? '');
    const { id } = await make();
    const replay = async (body: object) => (await call('POST', `/v1/subscriptions/${id}/replay`, body)).body;
    expect(await replay({ since, types: ['message.accepted'], dryRun: true })).toMatchObject({
      matched: 3,
      replayed: 0,
    });
    expect(await replay({ since, types: ['message.accepted'], limit: 2 })).toMatchObject({
      replayed: 2,
      more: true,
      next: expect.any(String),
    });
    expect((await call('GET', `/v1/subscriptions/${id}`)).body).toMatchObject({ waiting: 2 });
    expect(await replay({ since, types: ['message.read'] })).toMatchObject({ matched: 0, more: false, missing: [] });
    await call('DELETE', `/v1/subscriptions/${id}`);
    await ingress.redis.del(`posthorn:{${ingress.ours}}:fan`);
  });
});

describe('dead letters of a subscription', () => {
  it('are listed, counted, and delivered again under their old ids, once', async () => {
    const { id } = await make();
    const queues = createQueues(ingress.redis);
    const at = systemClock.now();
    const position = `${at}-0`;
    await queues.open(deadEventQueue()).add('dead', {
      v: 1,
      subscriptionId: id,
      event: {
        v: 1,
        kind: 'log',
        subscriptionId: id,
        type: 'message.read',
        at,
        failed: 10,
        firstAt: at,
        channelId: ingress.ours,
        position,
        ulid: null,
        generation: 1,
      },
      code: 'attempts_exhausted',
      diedAt: at,
    });
    const path = `/v1/subscriptions/${id}/dead-letters`;
    expect((await call('GET', `${path}?type=message.read`)).body).toMatchObject({
      deadLetters: [{ eventId: `evt_${ingress.ours}_${position}`, code: 'attempts_exhausted' }],
    });
    expect((await call('GET', `${path}?type=message.sent`)).body).toEqual({ deadLetters: [] });
    const replay = async (body: object) => (await call('POST', `${path}/replay`, body)).body;
    expect(await replay({ dryRun: true })).toMatchObject({ matched: 1, replayed: 0 });
    expect(await replay({ since: new Date(at - 1_000).toISOString() })).toMatchObject({ matched: 1, replayed: 1 });
    expect(await replay({})).toMatchObject({ matched: 0, replayed: 0 });
    expect((await call('GET', `/v1/subscriptions/${id}`)).body).toMatchObject({ waiting: 1 });
    await call('DELETE', `/v1/subscriptions/${id}`);
    await queues.close();
  });
});

/** Reads a stream until it has so many events; then leaves. */
async function listen(path: string, count: number, headers: Readonly<Record<string, string>> = {}) {
  const leaving = new AbortController();
  const response = await fetch(`${ingress.url}${path}`, {
    headers: { authorization: `Bearer ${ingress.key}`, ...headers },
    signal: leaving.signal,
  });
  const read = (async (): Promise<EventEnvelope[]> => {
    let text = '';
    for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part;
      const found = [...text.matchAll(/^data: (?<json>.*)\n\n/gmu)];
      if (found.length < count) continue;
      leaving.abort();
      return found.map(({ groups }) => eventEnvelopeSchema.parse(JSON.parse(groups?.['json'] ?? '')));
    }
    return [];
  })();
  return { response, read };
}

describe('the event stream', () => {
  it('tells events as they happen, and after a break from where it was', async () => {
    const live = await listen('/v1/events?types=message.accepted', 2);
    expect(live.response.headers.get('content-type')).toContain('text/event-stream');
    const ids = [await send(), await send()];
    const told = await live.read;
    expect(told.map(({ data }) => data['message'])).toMatchObject(ids.map((id) => ({ id })));

    const resumed = await listen(`/v1/events?channelId=${ingress.ours}`, 1, { 'last-event-id': told[0]?.id ?? '' });
    expect((await resumed.read).map(({ id }) => id)).toEqual([told[1]?.id]);
  });

  it('is of one’s own channels, and of events there are', async () => {
    const other = { authorization: `Bearer ${strangerKey}` };
    expect((await ingress.call('GET', `/v1/events?channelId=${ingress.ours}`, undefined, other)).status).toBe(404);
    expect((await ingress.call('GET', '/v1/events?types=message.unheard')).status).toBe(422);
    expect((await ingress.call('GET', '/v1/events', undefined, { 'last-event-id': 'nonsense' })).status).toBe(422);
  });

  it('has its form described', async () => {
    expect((await ingress.call('GET', '/v1/events/schema')).body).toMatchObject({
      event: { $ref: '#/$defs/Event' },
      'message.failed': { properties: { type: { const: 'message.failed' } } },
    });
  });
});

describe('Prefer: wait', () => {
  const prefer = (seconds: number) => ({ prefer: `wait=${seconds}` });

  it('answers with the message once it has an end', async () => {
    const answering = ingress.call('POST', '/v1/messages', ingress.request({ callbackData: 'sync' }), prefer(30));
    const cancelled = (async () => {
      for (;;) {
        const list = await ingress.call('GET', `/v1/messages?channelId=${ingress.ours}&limit=1`);
        const [newest] = z
          .object({ messages: z.array(z.looseObject({ id: z.string(), callbackData: z.string().nullable() })) })
          .parse(list.body).messages;
        if (newest?.callbackData === 'sync') return await ingress.call('DELETE', `/v1/messages/${newest.id}`);
      }
    })();
    const [answer] = await Promise.all([answering, cancelled]);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('preference-applied')).toBe('wait=30');
    expect(answer.body).toMatchObject({ status: 'cancelled', callbackData: 'sync' });
  });

  it('answers 202 when the time is over', async () => {
    const answer = await ingress.call('POST', '/v1/messages', ingress.request(), prefer(1));
    expect(answer.status).toBe(202);
    expect(answer.headers.get('preference-applied')).toBe('wait=1');
  });

  it.each([
    ['wait=10', 10],
    ['respond-async, wait=100', 30],
    ['wait=0', null],
    ['respond-async', null],
    [undefined, null],
  ])('%s is %s seconds', (header, seconds) => {
    expect(readWait(header)).toBe(seconds);
  });
});
