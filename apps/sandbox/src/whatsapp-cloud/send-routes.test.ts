import { afterEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { account, appSecret, errorOf, hello, phoneNumberId, sentOf, startSandbox, token } from '../testing/start.ts';

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
afterEach(() => sandbox.close());
const codeOf = (body: unknown): number => errorOf.parse(body).error.code;

describe('whatsapp-cloud: who may send', () => {
  const path = `/v25.0/${phoneNumberId}/messages`;

  it('refuses a call without a token, and one with a foreign token, with 401 and 190', async () => {
    sandbox = await startSandbox();
    const without = await sandbox.call('POST', path, hello);
    const foreign = await sandbox.call('POST', path, hello, { authorization: 'Bearer EAAother' });
    expect([without.status, codeOf(without.body), foreign.status, codeOf(foreign.body)]).toEqual([401, 190, 401, 190]);
    expect(without.headers.get('www-authenticate')).toContain('invalid_token');
  });

  it('takes a new token and refuses the old one once the account has changed', async () => {
    sandbox = await startSandbox();
    await sandbox.control.whatsappCloud.putAccount(account({ accessToken: 'EAAnew' }));
    expect((await sandbox.send()).status).toBe(401);
    expect((await sandbox.call('POST', path, hello, { authorization: 'Bearer EAAnew' })).status).toBe(200);
  });

  it('knows no number but those of the token', async () => {
    sandbox = await startSandbox({ accounts: [account(), account({ phoneNumberId: '2', accessToken: 'EAAtwo' })] });
    for (const id of ['2', '3']) {
      const reply = await sandbox.asMeta('POST', `/v25.0/${id}/messages`, hello);
      expect(errorOf.parse(reply.body).error).toMatchObject({
        code: 100,
        error_subcode: 33,
        type: 'GraphMethodException',
      });
    }
  });

  it('asks for the proof where the account requires it, in the query or the body', async () => {
    sandbox = await startSandbox({ accounts: [account({ requireProof: true })] });
    // The vector of section 10 of the notes on this provider.
    const proof = 'da0069726a75822acc54c5f08d57c793ea2ef627acd4584ea56ff8540057037d';
    expect(createHmac('sha256', appSecret).update(token).digest('hex')).toBe(proof);
    expect(codeOf((await sandbox.send()).body)).toBe(100);
    expect((await sandbox.send({ appsecret_proof: proof })).status).toBe(200);
    expect((await sandbox.asMeta('POST', `${path}?appsecret_proof=${proof}`, hello)).status).toBe(200);
    expect(codeOf((await sandbox.send({ appsecret_proof: proof.replace('d', 'e') })).body)).toBe(100);
  });

  it.each(['v18.0', 'v25.1', 'v5.0'])('does not answer at version %s', async (version) => {
    sandbox = await startSandbox();
    const reply = await sandbox.asMeta('POST', `/${version}/${phoneNumberId}/messages`, hello);
    expect([reply.status, codeOf(reply.body)]).toEqual([400, 2500]);
  });

  it('answers a path it does not play in the shape of Graph', async () => {
    sandbox = await startSandbox();
    const reply = await sandbox.asMeta('POST', `/v25.0/${phoneNumberId}/message`, hello);
    expect(errorOf.parse(reply.body).error).toMatchObject({
      code: 2500,
      message: expect.stringContaining('Unknown path components'),
    });
    expect((await sandbox.call('GET', '/nowhere')).status).toBe(404);
  });

  it('refuses what is not JSON', async () => {
    sandbox = await startSandbox();
    const broken = await sandbox.asMeta('POST', path, '{"to":');
    const form = await sandbox.asMeta('POST', path, 'to=1', { 'content-type': 'application/x-www-form-urlencoded' });
    expect([codeOf(broken.body), codeOf(form.body)]).toEqual([100, 100]);
  });
});

describe('whatsapp-cloud: the answer to a send', () => {
  it('gives an id of the real form, with the number inside', async () => {
    sandbox = await startSandbox();
    const first = sentOf.parse((await sandbox.send({ to: '+1 555 000 1111' })).body);
    const second = sentOf.parse((await sandbox.send()).body);
    expect(first.contacts).toEqual([{ input: '+1 555 000 1111', wa_id: '15550001111' }]);
    const id = first.messages[0]?.id ?? '';
    expect(Buffer.from(id.replace('wamid.', ''), 'base64').toString('latin1')).toContain('15550001111');
    expect(second.messages[0]?.id).not.toBe(id);
  });

  it('may know a person by another number, or by user id', async () => {
    sandbox = await startSandbox();
    const mexico = sentOf.parse((await sandbox.send({ to: '525512345678' })).body);
    expect(mexico.contacts).toEqual([{ input: '525512345678', wa_id: '5215512345678' }]);
    const user = sentOf.parse((await sandbox.send({ to: undefined, recipient: 'US.134' })).body);
    expect(user.contacts).toEqual([{ input: 'US.134', user_id: 'US.134' }]);
  });

  it('tells the state of a template', async () => {
    sandbox = await startSandbox();
    const reply = await sandbox.send({ type: 'template', template: { name: 'a', language: { code: 'en' } } });
    expect(sentOf.parse(reply.body).messages[0]?.message_status).toBe('accepted');
  });

  it.each([
    [131_055, 400],
    [134_101, 400],
    [134_102, 500],
  ])('tells the marketing path’s own error %i when asked to', async (code, status) => {
    sandbox = await startSandbox();
    sandbox.control.faults.add({ match: { type: 'template' }, action: { kind: 'error', code } });
    const template = { name: 'sale', language: { code: 'en_US' } };
    const body = { messaging_product: 'whatsapp', to: '15550001111', type: 'template', template };
    const reply = await sandbox.asMeta('POST', `/v25.0/${phoneNumberId}/marketing_messages`, body);
    expect([reply.status, codeOf(reply.body)]).toEqual([status, code]);
  });

  it('takes only templates on the marketing path', async () => {
    sandbox = await startSandbox();
    const path = `/v25.0/${phoneNumberId}/marketing_messages`;
    const { text: _, ...envelope } = hello;
    const template = {
      ...envelope,
      type: 'template',
      template: { name: 'a', language: { code: 'en' } },
      product_policy: 'STRICT',
    };
    expect((await sandbox.asMeta('POST', path, template)).status).toBe(200);
    expect(codeOf((await sandbox.asMeta('POST', path, hello)).body)).toBe(134100);
  });

  it('takes read receipts and the typing indicator', async () => {
    sandbox = await startSandbox();
    const path = `/v25.0/${phoneNumberId}/messages`;
    const read = { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.A' };
    expect((await sandbox.asMeta('POST', path, read)).body).toEqual({ success: true });
    expect((await sandbox.asMeta('POST', path, { ...read, typing_indicator: { type: 'text' } })).body).toEqual({
      success: true,
    });
    expect(codeOf((await sandbox.asMeta('POST', path, { ...read, message_id: undefined })).body)).toBe(131008);
    expect(codeOf((await sandbox.asMeta('POST', path, { ...read, typing_indicator: { type: 'voice' } })).body)).toBe(
      131009,
    );
  });
});

describe('whatsapp-cloud: limits', () => {
  it('refuses more than the pace of the number in any second', async () => {
    let nowMs = 1_764_000_000_000;
    sandbox = await startSandbox({ clock: { now: () => nowMs }, accounts: [account({ pacePerSecond: 2 })] });
    const statuses = [];
    for (const afterMs of [0, 600, 399, 1]) {
      nowMs += afterMs;
      statuses.push((await sandbox.send()).body);
    }
    expect(errorOf.parse(statuses[2]).error).toMatchObject({
      code: 130429,
      error_data: { details: 'Cloud API message throughput has been reached.' },
    });
    expect(sentOf.safeParse(statuses[3]).success).toBe(true);
    expect(sandbox.control.stats()).toMatchObject({ accepted: 3, throttled: 1, maxAcceptedInASecond: 2 });
  });

  it('lets 45 messages to one person borrow from the future, and one more every 6 s', async () => {
    let nowMs = 1_764_000_000_000;
    sandbox = await startSandbox({ clock: { now: () => nowMs }, accounts: [account({ pairLimits: true })] });
    for (let sent = 0; sent < 45; sent++) expect((await sandbox.send()).status).toBe(200);
    expect(codeOf((await sandbox.send()).body)).toBe(131056);
    expect((await sandbox.send({ to: '15550002222' })).status).toBe(200);
    nowMs += 5999;
    expect(codeOf((await sandbox.send()).body)).toBe(131056);
    nowMs += 1;
    expect((await sandbox.send()).status).toBe(200);
  });

  it('sends from a test number to its list only', async () => {
    sandbox = await startSandbox({ accounts: [account({ allowList: ['+1 555 000 1111'] })] });
    expect((await sandbox.send()).status).toBe(200);
    expect(codeOf((await sandbox.send({ to: '15550002222' })).body)).toBe(131030);
  });
});
