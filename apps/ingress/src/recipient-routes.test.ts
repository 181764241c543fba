import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAccess } from '@posthorn/access';
import { externalIdSchema, providerIdSchema, toInboundId } from '@posthorn/message';
import { systemClock } from '@posthorn/runtime';
import { ulid } from 'ulid';
import { startTestIngress, type TestIngress } from './testing/start-test-ingress.ts';
import type { Answer } from './testing/test-answer.ts';

let ingress: TestIngress;
let opsKey = '';
beforeAll(async () => {
  ingress = await startTestIngress();
  const access = createAccess({ redis: ingress.redis, clock: systemClock });
  opsKey = (await access.createKey({ tenantId: 'ours', role: 'ops', name: 'ops' })).key;
});
afterAll(() => ingress.close());

const path = (to: string, channelId: string = ingress.ours) => `/v1/channels/${channelId}/recipients/${to}`;
const optOut = async (method: string, to: string): Promise<Answer> =>
  await ingress.call(method, `${path(to)}/opt-out`, undefined, { authorization: `Bearer ${opsKey}` });
const send = async (to: string, content: unknown, more = {}): Promise<Answer> =>
  await ingress.call('POST', '/v1/messages', ingress.request({ to, content, ...more }));

const marketing = { type: 'template', name: 'sale', language: 'en', category: 'marketing' };
const text = { type: 'text', body: 'hi' };

describe('someone who wants no marketing', () => {
  it('gets none until they want it again, and everything else', async () => {
    const to = '+15550200001';
    expect((await send(to, marketing)).status).toBe(202);
    const out = await optOut('PUT', to);
    expect(out).toMatchObject({ status: 200, body: { recipient: to, optedOut: { source: 'api' } } });
    expect(await send(to, marketing)).toMatchObject({
      status: 422,
      body: { code: 'recipient_opted_out', errors: [{ pointer: '/to' }] },
    });
    expect((await send(to, { ...marketing, category: 'utility' })).status).toBe(202);
    expect((await send(to, text)).status).toBe(202);
    expect((await optOut('DELETE', to)).body).toMatchObject({ optedOut: null });
    expect((await send(to, marketing)).status).toBe(202);
  });

  it('is changed by a key of the role ops alone', async () => {
    expect((await ingress.call('PUT', `${path('+15550200002')}/opt-out`)).status).toBe(403);
  });
});

describe('the words by which recipients opt out', () => {
  it('are ours until a tenant sets its own, for itself alone, and takes them back', async () => {
    const words = '/v1/opt-out-words';
    const ops = { authorization: `Bearer ${opsKey}` };
    const before = (await ingress.call('GET', words)).body;
    expect(before).toMatchObject({ set: null, stop: expect.arrayContaining(['stop', 'baja']) });
    const set = { languages: ['es'], stop: ['no más'] };
    expect((await ingress.call('PUT', words, set)).status).toBe(403);
    expect(await ingress.call('PUT', words, { stop: [''] }, ops)).toMatchObject({ status: 422 });
    expect(await ingress.call('PUT', words, { languages: ['xx'] }, ops)).toMatchObject({ status: 422 });
    const start = ['alta', 'darme de alta', 'suscribir', 'suscribirme'];
    expect((await ingress.call('PUT', words, set, ops)).body).toEqual({ set, stop: ['no más'], start });
    expect((await ingress.call('GET', words)).body).toEqual({ set, stop: ['no más'], start });
    expect((await ingress.call('DELETE', words, undefined, ops)).body).toEqual(before);
  });
});

describe('the service window', () => {
  it('is shown, and asked for where free text shall not be tried outside it', async () => {
    const to = '+15550200003';
    expect((await ingress.call('GET', path(to))).body).toEqual({
      channelId: ingress.ours,
      recipient: to,
      window: { open: false, until: null },
      optedOut: null,
    });
    expect((await send(to, text)).status).toBe(202);
    const refused = await send(to, text, { window: 'refuse' });
    expect(refused).toMatchObject({ status: 422, body: { code: 'window_closed' } });
    expect((await send(to, { ...marketing, category: 'utility' }, { window: 'refuse' })).status).toBe(202);
    await ingress.ledger.receive(
      { id: ingress.ours, provider: providerIdSchema.parse('whatsapp-cloud') },
      toInboundId(ingress.ours, ulid()),
      {
        externalId: externalIdSchema.parse('wamid.in'),
        from: to,
        sentAt: new Date().toISOString(),
        receivedAt: new Date().toISOString(),
        content: { type: 'text', text: 'hello' },
      },
    );
    expect((await ingress.call('GET', path(to))).body).toMatchObject({
      window: { open: true, until: expect.any(String) },
    });
    expect((await send(to, text, { window: 'refuse' })).status).toBe(202);
  });
});

it('another tenant’s channel is none', async () => {
  expect((await ingress.call('GET', path('+15550200004', ingress.theirs))).status).toBe(404);
});
