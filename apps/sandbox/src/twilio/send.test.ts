import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { quick, startHook, startSandbox } from '../testing/start.ts';
import type { AccountInput } from './account.ts';

const accountSid = 'AC00000000000000000000000000000001';
const sender = '+15552223333';
const authToken = 'posthorn-test-auth-token';
const contentSid = 'HX00000000000000000000000000000001';
const messages = `/2010-04-01/Accounts/${accountSid}/Messages.json`;
const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const created = z.looseObject({ sid: z.string().regex(/^(SM|MM)[0-9a-f]{32}$/), status: z.string() });
const problem = z.looseObject({ code: z.number(), message: z.string(), more_info: z.string(), status: z.number() });

describe('twilio', () => {
  let hook: Awaited<ReturnType<typeof startHook>>;
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  afterEach(async () => {
    await sandbox.close();
    await hook.close();
  });

  async function start(more: Partial<AccountInput> = {}, answer?: (nth: number) => { status: number }): Promise<void> {
    hook = await startHook(answer === undefined ? undefined : (_, nth) => answer(nth));
    sandbox = await startSandbox({
      accounts: [],
      // One call at a time, so that statuses come in their order.
      timing: { ...quick, concurrency: 1 },
      twilio: [{ sender, accountSid, authToken, webhookUrl: `${hook.url}#rc=3&rp=all`, ...more }],
    });
  }

  async function send(fields: Record<string, string | undefined> = {}, authorization = basic(accountSid, authToken)) {
    const all = {
      To: 'whatsapp:+15550001111',
      From: `whatsapp:${sender}`,
      Body: 'Hello',
      StatusCallback: `${hook.url}?m=msg_1#rc=3&rp=all`,
      ...fields,
    };
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(all)) if (value !== undefined) form.append(name, value);
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
    const reply = await sandbox.call('POST', messages, form.toString(), headers);
    return { ...reply, code: problem.safeParse(reply.body).data?.code };
  }
  const told = () => hook.posts.map(({ raw }) => Object.fromEntries(new URLSearchParams(raw)));
  const words = () => told().map((fields) => fields['MessageStatus']);

  it('takes a message, and tells its statuses to the address of that message, signed', async () => {
    await start();
    const reply = await send();
    expect(reply.status).toBe(201);
    const { sid } = created.parse(reply.body);
    await hook.until(() => hook.posts.length === 4);
    expect(words()).toEqual(['queued', 'sent', 'delivered', 'read']);
    for (const [index, post] of hook.posts.entries()) {
      expect(post.url).toBe('/hook?m=msg_1');
      const fields = Object.entries(told()[index] ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
      const data = `${hook.url}?m=msg_1${fields.flat().join('')}`;
      expect(post.headers['x-twilio-signature']).toBe(createHmac('sha1', authToken).update(data).digest('base64'));
      expect(told()[index]).toMatchObject({ MessageSid: sid, From: `whatsapp:${sender}`, To: 'whatsapp:+15550001111' });
    }
    expect(sandbox.control.history.countOf('callbackData', 'msg_1')).toEqual({ calls: 1, taken: 1 });
  });

  it.each<[string, Record<string, string | undefined>, number]>([
    ['no recipient', { To: undefined }, 21604],
    ['a recipient without its channel', { To: '+15550001111' }, 21211],
    ['no sender', { From: undefined }, 21603],
    ['another sender', { From: 'whatsapp:+15559999999' }, 63007],
    ['itself', { To: `whatsapp:${sender}` }, 63031],
    ['a text that is too long', { Body: '😀'.repeat(1601) }, 21617],
    ['nothing', { Body: undefined }, 21619],
    ['a location without a body', { Body: undefined, PersistentAction: 'geo:1,2|x' }, 21619],
    ['a place that is none', { PersistentAction: 'geo:91,2' }, 20001],
    ['a file that has no address', { MediaUrl: 'file:///a' }, 21620],
    ['a callback with an underscore', { StatusCallback: 'https://a_b.example.test' }, 21609],
    ['a content that is none', { ContentSid: 'order_update' }, 21655],
    ['variables that are no JSON', { ContentSid: contentSid, ContentVariables: '{' }, 21656],
    ['variables with line breaks', { ContentSid: contentSid, ContentVariables: '{"1":"a\\nb"}' }, 21656],
    ['variables without a content', { ContentVariables: '{"1":"a"}' }, 21656],
    ['a parameter nobody knows', { Text: 'Hello' }, 20001],
    ['a service that is not there', { MessagingServiceSid: 'MG00000000000000000000000000000001' }, 63007],
  ])('refuses %s', async (_, fields, code) => {
    await start();
    expect(await send(fields)).toMatchObject({ status: 400, code });
    expect(sandbox.control.stats().accepted).toBe(0);
  });

  it('wants the account and its token, or one of its API keys', async () => {
    const sid = 'SK00000000000000000000000000000001';
    await start({ apiKeys: [{ sid, secret: 'key' }] });
    expect((await send({}, basic(sid, 'key'))).status).toBe(201);
    for (const wrong of [basic(sid, 'x'), basic(accountSid, ''), `Bearer ${authToken}`, '']) {
      expect(await send({}, wrong)).toMatchObject({ status: 401, code: 20003 });
    }
  });

  it('knows its contents, and how many variables they have', async () => {
    await start({ contents: { [contentSid]: { variables: 1 } } });
    const content = { Body: undefined, ContentSid: contentSid };
    expect(await send({ ...content, ContentSid: contentSid.replace('1', '2') })).toMatchObject({ code: 21655 });
    await send({ ...content, ContentVariables: '{"1":"Ann"}' });
    await hook.until(() => words().includes('read'));
    await send(content);
    await hook.until(() => words().includes('undelivered'));
    expect(told().at(-1)).toMatchObject({ ErrorCode: '63028' });
  });

  it('in the sandbox, delivers only to those who joined', async () => {
    await start({ environment: 'sandbox', pacePerSecond: null });
    await send();
    await hook.until(() => words().includes('undelivered'));
    expect(told().at(-1)).toMatchObject({ ErrorCode: '63015', EventType: 'UNDELIVERED' });
    sandbox.control.twilio.inbound({ to: sender, from: '+15550001111', text: 'join blue-horse' });
    await send();
    await hook.until(() => words().includes('read'));
  });

  it('outside the window, delivers only contents with an approval', async () => {
    await start({ customerWindow: true, contents: { [contentSid]: { variables: 0, approved: false } } });
    await send();
    await hook.until(() => words().includes('undelivered'));
    expect(told().at(-1)).toMatchObject({ ErrorCode: '63016' });
    sandbox.control.twilio.inbound({ to: sender, from: '+15550001111', text: 'hi' });
    await send({ Body: undefined, ContentSid: contentSid });
    await hook.until(() => words().includes('read'));
  });

  it('lets messages wait for their turn, and refuses when too many wait', async () => {
    await start({ pacePerSecond: 1, queueMax: 1 });
    expect((await send()).status).toBe(201);
    expect((await send()).status).toBe(201);
    expect(await send()).toMatchObject({ status: 429, code: 21611 });
    expect(sandbox.control.stats().throttled).toBe(1);
  });

  it('repeats a callback as the address says, and gives up then', async () => {
    await start({}, () => ({ status: 500 }));
    sandbox.control.faults.add({ action: { kind: 'statuses', order: ['sent'] } });
    await send();
    await hook.until(() => hook.posts.length === 4);
    expect(new Set(hook.posts.map(({ headers }) => headers['i-twilio-idempotency-token'])).size).toBe(1);
    while (sandbox.control.stats().callbacks.updatesAbandoned === 0)
      await new Promise((resolve) => setImmediate(resolve));
    expect(hook.posts).toHaveLength(4);
  });

  it('without overrides loses what was answered with 500', async () => {
    await start({ webhookUrl: undefined }, () => ({ status: 500 }));
    sandbox.control.faults.add({ action: { kind: 'statuses', order: ['sent'] } });
    await send({ StatusCallback: `${hook.url}?m=msg_1` });
    while (sandbox.control.stats().callbacks.updatesAbandoned === 0)
      await new Promise((resolve) => setImmediate(resolve));
    expect(hook.posts).toHaveLength(1);
  });

  it('plays faults: errors, silence with the message taken, and late failures', async () => {
    await start();
    sandbox.control.faults.add({ times: 1, match: { provider: 'twilio' }, action: { kind: 'error', code: 20429 } });
    expect(await send()).toMatchObject({ status: 429, code: 20429 });
    sandbox.control.faults.add({ times: 1, action: { kind: 'http', status: 502, taken: true } });
    expect((await send()).status).toBe(502);
    await hook.until(() => words().includes('read'));
    sandbox.control.faults.add({ times: 1, action: { kind: 'fail_later', code: 63024, afterSent: true } });
    await send();
    await hook.until(() => words().includes('undelivered'));
    expect(told().at(-1)).toMatchObject({ ErrorCode: '63024' });
  });

  it('shows a message by its SID, and finds messages by sender and recipient', async () => {
    await start();
    const { sid } = created.parse((await send()).body);
    await send({ To: 'whatsapp:+15550002222' });
    const headers = { authorization: basic(accountSid, authToken) };
    const one = await sandbox.call('GET', messages.replace('.json', `/${sid}.json`), undefined, headers);
    expect(one.body).toMatchObject({ sid, body: 'Hello', to: 'whatsapp:+15550001111' });
    const found = await sandbox.call('GET', `${messages}?To=whatsapp:%2B15550001111`, undefined, headers);
    expect(found.body).toMatchObject({ messages: [{ sid }] });
    const unknown = await sandbox.call('GET', messages.replace('.json', '/SM1.json'), undefined, headers);
    expect(unknown.status).toBe(404);
  });

  it('tells what people write, and posts raw bodies signed', async () => {
    await start();
    const sent = await sandbox.call('POST', '/_sandbox/twilio/inbound', {
      to: sender,
      from: '+15550001111',
      text: 'Hi',
    });
    expect(sent.status).toBe(202);
    await hook.until(() => hook.posts.length === 1);
    expect(told()[0]).toMatchObject({ Body: 'Hi', SmsStatus: 'received', To: `whatsapp:${sender}` });
    const raw = await sandbox.call('POST', '/_sandbox/twilio/webhook', { sender, body: { a: 1 } });
    expect(raw.body).toMatchObject({ kind: 'answered', status: 200 });
    const url = hook.posts[1]?.url ?? '';
    expect(url).toMatch(/bodySHA256=[0-9a-f]{64}$/);
    const signature = createHmac('sha1', authToken)
      .update(`${new URL(hook.url).origin}${url}`)
      .digest('base64');
    expect(hook.posts[1]?.headers['x-twilio-signature']).toBe(signature);
  });
});
