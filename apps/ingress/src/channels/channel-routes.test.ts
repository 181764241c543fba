import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createAccess } from '@posthorn/access';
import { createAudit } from '@posthorn/channel-admin';
import { systemClock } from '@posthorn/runtime';
import { startTestIngress, type TestIngress } from '../testing/start-test-ingress.ts';
import type { Answer } from '../testing/test-answer.ts';
import { historySchema } from './channel-schemas.ts';

const canaries = ['canary-one', 'canary-two', 'canary-three', 'canary-four-0123456789'];
const [one, two, three, four] = canaries;
const sid = (prefix: string) => `${prefix}${'0'.repeat(32)}`;

let ingress: TestIngress;
let server: Server;
let baseUrl: string;
let asked: string[];
let answer: readonly [number, unknown];
let headers: Readonly<Record<string, string>>;

/** One channel of each provider, with a canary in every secret. */
const settingsByProvider = () => ({
  'whatsapp-cloud': { phoneNumberId: '1', wabaId: '2', accessToken: one, appSecret: two, verifyToken: three, baseUrl },
  kernel: { clientId: 'c', clientSecret: one, apiKeys: [two], apiUrl: baseUrl, tokenUrl: `${baseUrl}/token` },
  twilio: {
    accountSid: sid('AC'),
    authToken: one,
    apiKeySid: sid('SK'),
    apiKeySecret: two,
    from: '+15552223333',
    publicUrl: 'https://hooks.example.com',
    baseUrl,
  },
  infobip: { sender: '1', baseUrl, auth: { type: 'api_key', apiKey: one }, webhook: { keys: [four] } },
});

beforeAll(async () => {
  ingress = await startTestIngress();
  const access = createAccess({ redis: ingress.redis, clock: systemClock });
  const { key } = await access.createKey({ tenantId: 'ours', role: 'admin', name: 'admin' });
  headers = { authorization: `Bearer ${key}` };
  server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(`${request.method} ${request.url} ${body}`);
      const [status, said] = answer;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  baseUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterAll(async () => {
  server.close();
  await ingress.close();
});
beforeEach(() => {
  asked = [];
  answer = [401, { message: canaries.join(' '), error: canaries.join(' '), code: one }];
});

const call = async (method: string, path: string, body?: unknown): Promise<Answer> =>
  await ingress.call(method, path, body, headers);

describe('channels by the API', () => {
  it.each(['whatsapp-cloud', 'kernel', 'twilio', 'infobip'] as const)(
    '%s: are added, changed, verified, connected, paused and removed, and no answer holds a secret',
    async (provider) => {
      const path = `/v1/channels/made-${provider}`;
      const body = { id: `made-${provider}`, provider, name: 'Made', settings: settingsByProvider()[provider] };
      const added = await call('POST', '/v1/channels', body);
      const { id: _, ...same } = body;
      const wrong = { ...same, settings: { ...same.settings, nope: one } };
      const answers = [
        added,
        await call('POST', '/v1/channels', body),
        await call('PUT', path, same),
        await call('PUT', path, wrong),
        await call('PATCH', path, { name: 'Changed', pacePerSecond: 3 }),
        await call('PATCH', path, { settings: { nope: two }, other: three }),
        await call('GET', path),
        await call('GET', '/v1/channels'),
        await call('POST', `${path}/verify`),
        await call('POST', `${path}/connect`, { publicUrl: 'https://hooks.example.com' }),
        await call('POST', `${path}/pause`),
        await call('POST', `${path}/resume`),
        await call('GET', `${path}/history`),
        await call('DELETE', path),
      ];
      expect(answers.map(({ status }) => status)).toEqual([
        201, 409, 200, 422, 200, 422, 200, 200, 200, 200, 200, 200, 200, 202,
      ]);
      expect(answers[3]?.body).toMatchObject({ errors: [{ pointer: '/settings/nope' }] });
      expect(answers[8]?.body).toMatchObject({ result: 'refused' });
      expect(answers[9]?.body).toMatchObject({ result: 'refused', step: expect.any(String) });
      expect(answers[10]?.body).toMatchObject({
        paused: [{ reason: 'operator', by: expect.stringMatching(/^api:key_/u) }],
      });
      const said = JSON.stringify([answers.map(({ text: whole }) => whole), ingress.logLines()]);
      const stored = canaries.filter((canary) => JSON.stringify(body).includes(canary));
      expect(stored.length).toBeGreaterThanOrEqual(2);
      for (const canary of stored) expect(said).not.toContain(canary);
      expect(asked.length).toBeGreaterThanOrEqual(2);
    },
  );

  it('tell who changed them, page by page', async () => {
    const id = `told-${randomBytes(4).toString('hex')}`;
    const path = `/v1/channels/${id}/history`;
    await call('POST', '/v1/channels', { id, provider: 'kernel', settings: settingsByProvider().kernel });
    const audit = createAudit({ redis: ingress.redis });
    const entry = { by: 'test', action: 'channel.change', tenantId: 'ours', channelId: id, result: 'stored' };
    for (let at = 0; at < 100; at += 1) await audit.record({ ...entry, changed: [`${at}`] });
    const page = async (at: string) => historySchema.parse((await call('GET', at)).body);
    const first = await page(path);
    const second = await page(first.links.next ?? '');
    expect(first.entries.map(({ changed }) => changed[0])).toEqual(
      Array.from({ length: 100 }, (_, at) => `${99 - at}`),
    );
    expect(second).toMatchObject({ entries: [{ action: 'channel.add' }], links: { next: null } });
    expect((await call('GET', `${path}?cursor=yesterday`)).status).toBe(422);
  });

  it('are another tenant’s business, whatever is sent', async () => {
    const path = `/v1/channels/${ingress.theirs}`;
    for (const [method, place, body] of [
      ['PUT', path, { provider: 'nonsense' }],
      ['PATCH', path, {}],
      ['DELETE', path, undefined],
      ['POST', `${path}/verify`, undefined],
      ['POST', `${path}/connect`, { publicUrl: 1 }],
      ['POST', `${path}/pause`, undefined],
      ['GET', `${path}/history`, undefined],
    ] as const) {
      expect((await call(method, place, body)).status).toBe(404);
    }
    const taken = await call('POST', '/v1/channels', {
      id: ingress.theirs,
      provider: 'kernel',
      settings: settingsByProvider().kernel,
    });
    expect(taken).toMatchObject({ status: 422, body: { errors: [{ pointer: '/id' }] } });
  });

  it('need an address to be connected', async () => {
    await call('POST', '/v1/channels', { id: 'lone', provider: 'kernel', settings: settingsByProvider().kernel });
    expect(await call('POST', '/v1/channels/lone/connect')).toMatchObject({
      status: 422,
      body: { code: 'public_url_missing' },
    });
  });
});
