import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { startHook, startSandbox } from '../testing/start.ts';

const account = {
  clientId: 'client 1',
  clientSecret: 'se:cret',
  scopes: 'whatsapp:send',
  purposes: 'dpv:Service#x',
  displayPhoneNumber: '34600000000',
} as const;
const correlator = '5f0c3a52-6a9e-4c5e-9f0a-0a7b7c1d0001';
const hola = { to: '34600000001', type: 'text', text: { body: 'Hola' } };
const tokenSchema = z.strictObject({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.number(),
  scope: z.string(),
});
const statusesSchema = z.object({
  statuses: z.tuple([z.object({ id: z.string(), recipient_id: z.string(), status: z.string() })]),
});
const sentSchema = z.object({ messages: z.tuple([z.object({ id: z.string() })]) });

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
beforeEach(async () => {
  sandbox = await startSandbox({ accounts: [], kernel: [{ ...account, clientId: 'client-1' }] });
});
afterEach(async () => await sandbox.close());

const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;
const goodForm = 'grant_type=client_credentials&scope=whatsapp%3Asend&purpose=dpv%3AService%23x';
const askToken = (form: string = goodForm, authorization = basic('client-1', 'se:cret')) =>
  sandbox.call('POST', '/token', form, {
    authorization,
    'content-type': 'application/x-www-form-urlencoded',
    'x-correlator': correlator,
  });
const goodToken = async () => tokenSchema.parse((await askToken()).body).access_token;
const send = async (body: object = hola, version = 'v1', token?: string) =>
  await sandbox.call('POST', `/whatsapp/${version}/messages`, body, {
    authorization: `Bearer ${token ?? (await goodToken())}`,
    'x-correlator': correlator,
  });

describe('Kernel: tokens', () => {
  it('come for client credentials, with the scope and the purpose of the client', async () => {
    const answer = await askToken();
    expect(answer.status).toBe(200);
    expect(tokenSchema.parse(answer.body)).toMatchObject({ expires_in: 3_600, scope: 'whatsapp:send' });
    expect(answer.headers.get('x-correlator')).toBe(correlator);
  });

  it.each([
    ['another secret', goodForm, basic('client-1', 'other'), 401, 'invalid_client'],
    ['an unknown client', goodForm, basic('client-2', 'se:cret'), 401, 'invalid_client'],
    [
      'another scope',
      'grant_type=client_credentials&scope=x&purpose=dpv%3AService%23x',
      undefined,
      400,
      'invalid_scope',
    ],
    ['no purpose', 'grant_type=client_credentials&scope=whatsapp%3Asend', undefined, 400, 'invalid_scope'],
    ['another grant', 'grant_type=password', undefined, 400, 'unsupported_grant_type'],
    ['an unknown parameter', `${goodForm}&client_id=x`, undefined, 400, 'invalid_request'],
  ])('are refused for %s', async (_, form, authorization, status, error) => {
    const answer = await askToken(form, authorization);
    expect(answer).toMatchObject({ status, body: { error } });
  });

  it('end, are ended on demand, and then are refused with 401', async () => {
    const revoked = await goodToken();
    expect((await send(hola, 'v1', revoked)).status).toBe(200);
    const { body } = await sandbox.call('DELETE', '/_sandbox/kernel/accounts/client-1/tokens');
    expect(body).toEqual({ revoked: 1 });
    const answer = await send(hola, 'v1', revoked);
    expect(answer).toMatchObject({ status: 401, body: { status: 401, code: 'UNAUTHENTICATED' } });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="fp",error="invalid_token"/u);
    sandbox.control.kernel.putAccount({ ...account, clientId: 'client-1', tokenLifeMs: 1 });
    const short = await goodToken();
    for (;;) if ((await send(hola, 'v1', short)).status === 401) break;
  });

  it('fail on demand', async () => {
    sandbox.control.faults.add({
      match: { provider: 'kernel', operation: 'token' },
      times: 1,
      action: { kind: 'http', status: 503 },
    });
    expect((await askToken()).status).toBe(503);
    expect((await askToken()).status).toBe(200);
  });
});

describe('Kernel: messages', () => {
  it('are taken in the form of each version, and answered in it', async () => {
    const v1 = await send();
    expect(v1.body).toMatchObject({
      messages: [{ id: expect.stringMatching(/^gBEG/u) }],
      meta: { api_status: 'stable' },
    });
    const v2 = await send({ messaging_product: 'whatsapp', ...hola }, 'v2');
    expect(v2.body).toMatchObject({
      messaging_product: 'whatsapp',
      messages: [{ id: expect.stringMatching(/^wamid/u) }],
    });
  });

  it.each([
    ['a body of v2 with v1', 'v1', { messaging_product: 'whatsapp', ...hola }, 1010],
    ['a body of v1 with v2', 'v2', hola, 1008],
    [
      'a reaction with v1',
      'v1',
      { to: '34600000001', type: 'reaction', reaction: { message_id: 'x', emoji: '👍' } },
      1009,
    ],
    ['the preview inside the text', 'v1', { ...hola, text: { body: 'x', preview_url: true } }, 1010],
    ['no text', 'v1', { to: '34600000001', type: 'text' }, 1008],
    ['a long text', 'v1', { ...hola, text: { body: 'x'.repeat(4_097) } }, 1001],
    ['a number with a plus', 'v1', { ...hola, to: '+34600000001' }, 1009],
  ])('are refused: %s', async (_, version, body, code) => {
    expect(await send(body, version)).toMatchObject({ status: 400, body: { responseCode: code } });
  });

  it('are refused without a correlator', async () => {
    const authorization = `Bearer ${await goodToken()}`;
    expect((await sandbox.call('POST', '/whatsapp/v1/messages', hola, { authorization })).status).toBe(400);
  });

  it('are refused above the pace with 1015', async () => {
    sandbox.control.kernel.putAccount({ ...account, clientId: 'client-1', pacePerSecond: 1 });
    const token = await goodToken();
    await send(hola, 'v1', token);
    expect(await send(hola, 'v1', token)).toMatchObject({ status: 400, body: { responseCode: 1015 } });
  });
});

describe('Kernel: webhooks', () => {
  it('are set with 201 and the address repeated, and tell statuses and messages in the form of the version', async () => {
    const hook = await startHook();
    const url = `${hook.url}?apikey=k_test_1&channelId=7e0a6c0e-0000-4000-8000-000000000001`;
    const token = await goodToken();
    const set = await sandbox.call(
      'PATCH',
      '/whatsapp/v1/settings/webhook',
      { webhooks: { url } },
      {
        authorization: `Bearer ${token}`,
        'x-correlator': correlator,
      },
    );
    expect(set).toMatchObject({ status: 201, body: { webhooks: { url } } });

    const [{ id }] = sentSchema.parse((await send(hola, 'v1', token)).body).messages;
    await hook.until(() => hook.posts.length === 3);
    expect(hook.posts.map((post) => post.url)).toEqual(
      Array.from({ length: 3 }, () => url.replace(/^.*(?=\/hook)/u, '')),
    );
    const bodies = hook.posts.map(({ raw }) => statusesSchema.parse(JSON.parse(raw)));
    expect(bodies.map(({ statuses }) => statuses[0].status)).toEqual(['sent', 'delivered', 'read']);
    expect(bodies[0]?.statuses[0]).toMatchObject({ id, recipient_id: '34600000001' });

    const inbound = { clientId: 'client-1', from: '34600000001', name: 'Ana', text: 'Hola' };
    expect((await sandbox.call('POST', '/_sandbox/kernel/inbound', inbound)).status).toBe(202);
    await hook.until(() => hook.posts.length === 4);
    expect(JSON.parse(hook.posts[3]?.raw ?? '')).toMatchObject({
      contacts: [{ profile: { name: 'Ana' }, wa_id: '34600000001' }],
      messages: [{ from: '34600000001', type: 'text', text: { body: 'Hola' } }],
    });

    sandbox.control.kernel.putAccount({ ...account, clientId: 'client-1', version: 'v2', webhookUrl: url });
    sandbox.control.kernel.inbound(inbound);
    await hook.until(() => hook.posts.length === 5);
    expect(JSON.parse(hook.posts[4]?.raw ?? '')).toMatchObject({
      object: 'whatsapp_business_account',
      entry: [{ changes: [{ field: 'messages', value: { messages: [{ type: 'text' }] } }] }],
    });
    await hook.close();
  });

  it('tell a voice note as played, and a reaction as sent only', async () => {
    const hook = await startHook();
    sandbox.control.kernel.putAccount({ ...account, clientId: 'client-1', version: 'v2', webhookUrl: hook.url });
    const { to } = hola;
    const cloud = { messaging_product: 'whatsapp', recipient_type: 'individual', to };
    const reaction = { ...cloud, type: 'reaction', reaction: { message_id: 'wamid.HBgM', emoji: '👍' } };
    const note = { ...cloud, type: 'audio', audio: { link: 'https://files.example.test/a.ogg', voice: true } };
    expect((await send(reaction, 'v2')).status).toBe(200);
    expect((await send(note, 'v2')).status).toBe(200);
    await hook.until(() => hook.posts.some(({ raw }) => raw.includes('"played"')));
    const told = hook.posts.flatMap(({ raw }) =>
      [...raw.matchAll(/"status":"(?<word>\w+)"/gu)].map(([, word]) => word),
    );
    const times = (status: string) => told.filter((word) => word === status).length;
    expect(['sent', 'delivered', 'read', 'played'].map(times)).toEqual([2, 1, 1, 1]);
    await hook.close();
  });
});
