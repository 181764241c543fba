import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { quick, startHook, startSandbox } from '../testing/start.ts';
import type { AccountInput } from './account.ts';

const sender = '441134960000';
const key = 'test-key-0001';
const user = { username: 'ann', password: 'secret' };
const hello = { from: sender, to: '15550001111', content: { text: 'Hello' } };
const url = 'https://files.example.test/a';

const status = z.looseObject({ groupName: z.string(), id: z.number() });
const single = z.strictObject({ to: z.string(), messageCount: z.literal(1), messageId: z.string(), status });
const problem = z.strictObject({
  requestError: z.strictObject({
    serviceException: z.strictObject({
      messageId: z.string(),
      text: z.string(),
      validationErrors: z.record(z.string(), z.array(z.string())).optional(),
    }),
  }),
});
const results = z.object({ results: z.array(z.record(z.string(), z.unknown())) });

describe('infobip', () => {
  let hook: Awaited<ReturnType<typeof startHook>>;
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  afterEach(async () => {
    await sandbox.close();
    await hook.close();
  });

  async function start(more: Partial<AccountInput> = {}): Promise<void> {
    hook = await startHook();
    sandbox = await startSandbox({
      accounts: [],
      // One call at a time, so that reports of one kind come in their order.
      timing: { ...quick, concurrency: 1 },
      infobip: [{ sender, apiKey: key, user, webhook: { url: hook.url }, ...more }],
    });
  }

  async function post(path: string, body: unknown, authorization = `App ${key}`) {
    const reply = await sandbox.call('POST', path, body, { authorization });
    const refusal = problem.safeParse(reply.body).data?.requestError.serviceException;
    return { ...reply, word: refusal?.messageId, places: Object.keys(refusal?.validationErrors ?? {}) };
  }
  const send = async (more: object = {}, path = 'text') =>
    await post(`/whatsapp/1/message/${path}`, { ...hello, ...more });
  const statusId = async (more: object = {}) => single.parse((await send(more)).body).status.id;
  const told = () => hook.posts.flatMap(({ raw }) => results.parse(JSON.parse(raw)).results);

  it('shows what it took in its logs, as often as it is asked, and nothing else', async () => {
    await start();
    await send({ messageId: 'msg_1' });
    const look = async (query: string, authorization = `App ${key}`) =>
      await sandbox.call('GET', `/omni/1/logs${query}`, undefined, { authorization });
    for (const again of ['', '&again=1']) {
      expect((await look(`?messageId=msg_1${again}`)).body).toMatchObject({
        results: [{ messageId: 'msg_1', from: sender }],
      });
    }
    expect((await look('?messageId=msg_2')).body).toEqual({ results: [] });
    expect((await look('')).status).toBe(400);
    expect((await look('?messageId=msg_1', 'App wrong')).status).toBe(401);
  });

  it('takes a message under our id, and tells what becomes of it', async () => {
    await start();
    const reply = await send({ messageId: 'msg_1', callbackData: 'msg_1' });
    expect(single.parse(reply.body)).toMatchObject({ messageId: 'msg_1', status: { groupName: 'PENDING', id: 7 } });
    await hook.until(() => told().length === 3);
    const reports = told().filter((one) => 'status' in one);
    expect(reports.map((one) => status.parse(one['status']).id)).toEqual([2, 5]);
    for (const one of reports)
      expect(one).toMatchObject({ messageId: 'msg_1', callbackData: 'msg_1', error: { id: 0 } });
    expect(told().find((one) => 'seenAt' in one)).toMatchObject({
      messageId: 'msg_1',
      from: '15550001111',
      to: sender,
      seenAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
    });
    expect(sandbox.control.history.countOf('callbackData', 'msg_1')).toEqual({ calls: 1, taken: 1 });
  });

  it('mints an id where none came, and refuses one that it has seen', async () => {
    await start();
    expect(single.parse((await send()).body).messageId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(await statusId({ messageId: 'msg_1' })).toBe(7);
    expect(await statusId({ messageId: 'msg_1' })).toBe(23);
    expect(sandbox.control.stats()).toMatchObject({ accepted: 2, refusedByCode: { 23: 1 } });
  });

  it.each<[string, string, object, string]>([
    ['no recipient', 'text', { to: undefined }, 'to'],
    ['a recipient with a plus', 'text', { to: '+15550001111' }, 'to'],
    ['no content', 'text', { content: undefined }, 'content'],
    ['an empty text', 'text', { content: { text: '' } }, 'content.text'],
    ['a text that is too long', 'text', { content: { text: '😀'.repeat(4097) } }, 'content.text'],
    ['a field nobody knows', 'text', { content: { text: 'Hi', bold: true } }, 'content'],
    ['a long id', 'text', { messageId: 'x'.repeat(201) }, 'messageId'],
    ['a file that has no address', 'image', { content: { mediaUrl: 'file:///a' } }, 'content.mediaUrl'],
    ['a file by an id', 'image', { content: { id: '7' } }, 'content.mediaUrl'],
    [
      'four buttons',
      'interactive/buttons',
      {
        content: {
          body: { text: 'B' },
          action: { buttons: Array.from({ length: 4 }, (_, id) => ({ type: 'REPLY', id: `${id}`, title: 'A' })) },
        },
      },
      'content.action.buttons',
    ],
    [
      'a header of another kind',
      'interactive/list',
      {
        content: {
          header: { type: 'IMAGE', mediaUrl: url },
          body: { text: 'B' },
          action: { title: 'T', sections: [{ rows: [{ id: 'a', title: 'A' }] }] },
        },
      },
      'content.header.type',
    ],
    [
      'a flow without a token',
      'interactive/flow',
      {
        content: {
          body: { text: 'B' },
          action: { mode: 'PUBLISHED', flowMessageVersion: 3, flowId: '1', callToActionButton: 'Go' },
        },
      },
      'content.action.flowToken',
    ],
    ['content with a request of call permission', 'interactive/call-permission-request', {}, 'request'],
    ['one template that is no list', 'template', {}, 'messages'],
    [
      'placeholders of two lines',
      'template',
      {
        messages: [
          {
            ...hello,
            content: { templateName: 'a', language: 'en', templateData: { body: { placeholders: ['a\nb'] } } },
          },
        ],
      },
      'messages[0].content.templateData.body.placeholders[0]',
    ],
  ])('refuses %s', async (_, path, more, place) => {
    await start();
    const body = path === 'template' ? more : { ...hello, ...more };
    const reply = await post(`/whatsapp/1/message/${path}`, body);
    expect(reply).toMatchObject({ status: 400, word: 'BAD_REQUEST' });
    expect(reply.places).toContain(place);
    expect(sandbox.control.stats().accepted).toBe(0);
  });

  it('refuses what is no JSON, and paths that it does not have', async () => {
    await start();
    expect(await post('/whatsapp/1/message/text', '{"from":')).toMatchObject({ status: 400, word: 'BAD_REQUEST' });
    expect(await send({}, 'reaction')).toMatchObject({ status: 404, word: 'NOT_FOUND' });
    expect(await post('/omni/1/nothing', {})).toMatchObject({ status: 404, word: 'NOT_FOUND' });
  });

  it('takes an API key, Basic, and tokens while they hold', async () => {
    await start({ tokenLifeSeconds: 60 });
    const basic = `Basic ${Buffer.from('ann:secret').toString('base64')}`;
    const form = 'client_id=ann&client_secret=secret&grant_type=client_credentials';
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const issued = await sandbox.call('POST', '/auth/1/oauth2/token', form, type);
    const { access_token: token } = z
      .strictObject({ access_token: z.string(), token_type: z.literal('Bearer'), expires_in: z.literal(60) })
      .parse(issued.body);
    const session = z.strictObject({ token: z.string() }).parse((await post('/auth/1/session', user)).body);
    for (const good of [basic, `Bearer ${token}`, `IBSSO ${session.token}`]) {
      expect((await post('/whatsapp/1/message/text', hello, good)).status).toBe(200);
    }
    for (const bad of ['', 'App wrong', `App ${key}x`, `Bearer ${session.token}`, `IBSSO ${token}`, `Bearer ${key}`]) {
      expect(await post('/whatsapp/1/message/text', hello, bad)).toMatchObject({ status: 401, word: 'UNAUTHORIZED' });
    }
    expect(await post('/auth/1/session', { ...user, password: 'x' })).toMatchObject({ status: 401 });
    const wrong = await sandbox.call('POST', '/auth/1/oauth2/token', form.replace('client_credentials', 'x'), type);
    expect(wrong.status).toBe(400);
    const history = sandbox.control.history.list({ operation: 'token' });
    expect(JSON.stringify(history)).not.toContain('secret');
  });

  it('sends from the sender of the scenario, by OMNI', async () => {
    await start({ scenarioKey: 'KEY', defaultScenario: false });
    const omni = (more: object) =>
      post('/omni/1/advanced', {
        destinations: [{ messageId: 'msg_1', to: { phoneNumber: '15550001111' } }],
        whatsApp: { text: 'photo.jpg', imageUrl: url },
        ...more,
      });
    expect((await omni({ scenarioKey: 'KEY', callbackData: 'data' })).body).toEqual({
      messages: [
        {
          to: { phoneNumber: '15550001111' },
          status: expect.objectContaining({ groupName: 'PENDING', id: 7 }),
          messageId: 'msg_1',
        },
      ],
    });
    await hook.until(() => told().length === 2);
    expect(told().find((one) => 'status' in one)).toMatchObject({ channel: 'WHATSAPP', callbackData: 'data' });
    expect(await omni({})).toMatchObject({ status: 400, places: ['scenarioKey'] });
    expect(await omni({ scenarioKey: 'OTHER' })).toMatchObject({ status: 400, places: ['scenarioKey'] });
    expect(await omni({ scenarioKey: 'KEY', whatsApp: { audioUrl: url, imageUrl: url } })).toMatchObject({
      status: 400,
    });
    expect(await omni({ scenarioKey: 'KEY', whatsApp: { templateName: 'a' } })).toMatchObject({ status: 400 });
  });

  it('answers 200 to what it rejects', async () => {
    await start({ allowList: ['15550001111'], credits: 1 });
    expect(await statusId({ to: '15550002222' })).toBe(18);
    expect(await statusId({ from: '441134969999' })).toBe(11);
    expect(await statusId()).toBe(7);
    expect(await statusId()).toBe(12);
  });

  it('filters floods: 6 equal messages to one number, 20 different ones', async () => {
    await start({ floodingFilter: true });
    for (let nth = 0; nth < 6; nth += 1) expect(await statusId()).toBe(7);
    expect(await statusId()).toBe(20);
    expect(await statusId({ to: '15550002222' })).toBe(7);
    for (let nth = 0; nth < 19; nth += 1) expect(await statusId({ content: { text: `${nth}` } })).toBe(7);
    expect(await statusId({ content: { text: 'another' } })).toBe(20);
  });

  it('throttles calls, not messages that were never taken', async () => {
    await start({ callsPerSecond: 2 });
    const replies = await Promise.all([send(), send(), send()]);
    expect(replies.filter(({ status: code }) => code === 429).map(({ word }) => word)).toEqual(['TOO_MANY_REQUESTS']);
    expect(sandbox.control.stats()).toMatchObject({ accepted: 2, throttled: 1 });
  });

  it('fails later what cannot arrive', async () => {
    await start({ customerWindow: true });
    await send();
    await hook.until(() => told().length === 1);
    expect(told()[0]).toMatchObject({
      status: { id: 9, groupName: 'UNDELIVERABLE' },
      error: { id: 7010, permanent: true },
    });
    sandbox.control.infobip.inbound({ sender, from: '15550001111', text: 'hi' });
    await send({ content: { mediaUrl: 'https://unreachable.example.test/a' } }, 'image');
    await hook.until(() => told().length === 3);
    expect(told()[1]).toMatchObject({ message: { type: 'TEXT', text: 'hi' }, contact: { phoneNumber: '15550001111' } });
    expect(told()[2]).toMatchObject({ error: { id: 7013 } });
  });

  it('proves its calls to the subscription, and not those to an address of a message', async () => {
    const hmac = { secret: 'hmac-secret', header: 'x-sign', prefix: 'sha256=' };
    await start();
    sandbox.control.infobip.putAccount({
      sender,
      apiKey: key,
      webhook: { url: hook.url, basic: user, headers: { 'x-posthorn-key': 'k' }, hmac },
    });
    sandbox.control.infobip.inbound({ sender, from: '15550001111', text: 'hi' });
    await hook.until(() => hook.posts.length === 1);
    const [{ raw, headers } = { raw: '', headers: {} }] = hook.posts;
    expect(headers).toMatchObject({
      authorization: `Basic ${Buffer.from('ann:secret').toString('base64')}`,
      'x-posthorn-key': 'k',
      'x-sign': `sha256=${createHmac('sha256', 'hmac-secret').update(raw).digest('hex')}`,
    });
    await send({ notifyUrl: `${hook.url}?key=abc` });
    await hook.until(() => hook.posts.length === 4);
    for (const call of hook.posts.slice(1)) {
      expect(call.url).toBe('/hook?key=abc');
      expect(call.headers).not.toHaveProperty('x-sign');
    }
  });

  it('obeys fault rules', async () => {
    await start();
    const { faults } = sandbox.control;
    faults.add({ times: 1, action: { kind: 'error', code: 19 } });
    expect(await statusId()).toBe(19);
    faults.add({ times: 1, action: { kind: 'error', code: 403, message: 'No scope' } });
    expect(await send()).toMatchObject({ status: 403, word: 'FORBIDDEN' });
    faults.add({ times: 1, action: { kind: 'http', status: 502, taken: true } });
    expect(await send({ messageId: 'msg_1' })).toMatchObject({ status: 502 });
    expect(await statusId({ messageId: 'msg_1' })).toBe(23);
    faults.add({ times: 1, action: { kind: 'statuses', order: ['read', 'delivered', 'sent', 'failed'] } });
    await send({ messageId: 'msg_2' });
    const own = () => told().filter((one) => one['messageId'] === 'msg_2');
    await hook.until(() => own().length === 4);
    const ids = own().flatMap((one) => ('status' in one ? [status.parse(one['status']).id] : []));
    expect(ids).toEqual([5, 2, 9]);
  });

  it('is managed over HTTP', async () => {
    await start();
    const put = await sandbox.call('PUT', `/_sandbox/infobip/accounts/15559990000`, {
      apiKey: 'k',
      webhook: { url: hook.url },
    });
    expect(put.body).toMatchObject({ sender: '15559990000', apiKey: 'k' });
    const inbound = {
      sender: '15559990000',
      from: '15550001111',
      message: { type: 'BUTTON', text: 'Yes', payload: 'Y' },
    };
    expect((await sandbox.call('POST', '/_sandbox/infobip/inbound', inbound)).status).toBe(202);
    await hook.until(() => told().length === 1);
    expect(told()[0]).toMatchObject({ to: '15559990000', message: { type: 'BUTTON', payload: 'Y' } });
    const raw = await sandbox.call('POST', '/_sandbox/infobip/webhook', { sender: '15559990000', body: '{"a":' });
    expect(raw.body).toMatchObject({ kind: 'answered', status: 200 });
    expect(hook.posts.at(-1)?.raw).toBe('{"a":');
    expect((await sandbox.call('DELETE', '/_sandbox/infobip/accounts/15559990000')).status).toBe(204);
    expect((await sandbox.call('POST', '/_sandbox/infobip/inbound', inbound)).status).toBe(404);
  });
});
