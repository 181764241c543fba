import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { account, appSecret, phoneNumberId, startHook, startSandbox, webhookTo } from './testing/start.ts';
import { signatureOf } from './whatsapp-cloud/webhook-body.ts';

describe('the control API', () => {
  let hook: Awaited<ReturnType<typeof startHook>>;
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  beforeEach(async () => {
    hook = await startHook(({ method, url }) => {
      const query = new URL(url, 'http://localhost').searchParams;
      if (method !== 'GET') return { status: 201, body: 'thanks' };
      const right = query.get('hub.mode') === 'subscribe' && query.get('hub.verify_token') === 'verify-me';
      return right ? { status: 200, body: query.get('hub.challenge') ?? '' } : { status: 403, body: 'no' };
    });
    sandbox = await startSandbox({ accounts: [account({ webhook: webhookTo(hook) })] });
  });
  afterEach(async () => {
    await sandbox.close();
    await hook.close();
  });

  const accounts = '/_sandbox/whatsapp-cloud/accounts';

  it('adds an account, tells how the handshake went, changes and removes it', async () => {
    const { phoneNumberId: _, ...settings } = account({ webhook: webhookTo(hook), accessToken: 'EAAtwo' });
    const added = await sandbox.call('PUT', `${accounts}/42`, settings);
    expect([added.status, added.body]).toMatchObject([
      200,
      { account: { phoneNumberId: '42', pacePerSecond: 80 }, handshake: { kind: 'verified' } },
    ]);
    const wrong = await sandbox.call('PUT', `${accounts}/42`, {
      ...settings,
      webhook: { url: hook.url, verifyToken: 'other' },
    });
    expect(wrong.body).toMatchObject({ handshake: { kind: 'refused', status: 403, got: 'no' } });
    const nowhere = await sandbox.call('PUT', `${accounts}/42`, {
      ...settings,
      webhook: { url: 'http://127.0.0.1:1/', verifyToken: 'a' },
    });
    expect(nowhere.body).toMatchObject({ handshake: { kind: 'no_answer', error: 'ECONNREFUSED' } });
    expect((await sandbox.call('GET', accounts)).body).toHaveLength(2);
    expect((await sandbox.call('POST', `${accounts}/${phoneNumberId}/handshake`)).body).toEqual({ kind: 'verified' });
    expect((await sandbox.call('DELETE', `${accounts}/42`)).status).toBe(204);
    expect((await sandbox.call('DELETE', `${accounts}/42`)).status).toBe(404);
    expect((await sandbox.call('POST', `${accounts}/42/handshake`)).status).toBe(404);
  });

  it('says what is wrong with a request', async () => {
    const reply = await sandbox.call('PUT', `${accounts}/42`, { wabaId: '1', pace: 5 });
    expect([reply.status, reply.text]).toEqual([400, expect.stringMatching(/pace.*accessToken/s)]);
    expect((await sandbox.call('POST', '/_sandbox/faults', { action: { kind: 'explode' } })).status).toBe(400);
    expect((await sandbox.call('PATCH', '/_sandbox/timing', { sentMs: -1 })).status).toBe(400);
    expect((await sandbox.call('GET', '/_sandbox/history?limit=0')).status).toBe(400);
    expect((await sandbox.call('GET', '/_sandbox/nothing')).status).toBe(404);
  });

  it('lets a person write: words, files, and any message of Meta', async () => {
    const path = '/_sandbox/whatsapp-cloud/inbound';
    const text = await sandbox.call('POST', path, { phoneNumberId, from: '15550001111', name: 'Ann', text: 'hi' });
    expect(text).toMatchObject({ status: 202, body: { messageId: expect.stringMatching(/^wamid\./) } });
    await sandbox.call('POST', path, {
      phoneNumberId,
      fromUserId: 'US.134',
      username: 'ann.b',
      type: 'location',
      location: { latitude: 1, longitude: 2 },
    });
    await sandbox.call('POST', path, {
      phoneNumberId,
      from: '15550001111',
      type: 'image',
      image: { caption: 'A', base64: 'AAEC' },
    });
    await sandbox.call('POST', path, {
      phoneNumberId,
      from: '15550001111',
      message: { id: 'wamid.X', type: 'order', order: { catalog_id: '1' } },
    });
    await hook.until(() => hook.messages().length === 4);
    const [first, second, third, fourth] = hook.messages();
    expect(first).toMatchObject({ from: '15550001111', type: 'text', text: { body: 'hi' } });
    expect(second).toMatchObject({ from_user_id: 'US.134', type: 'location', location: { latitude: 1, longitude: 2 } });
    expect(second).not.toHaveProperty('from');
    expect(third).toMatchObject({
      type: 'image',
      image: { caption: 'A', mime_type: 'image/jpeg', sha256: expect.any(String) },
    });
    expect(fourth).toMatchObject({ id: 'wamid.X', from: '15550001111', type: 'order', order: { catalog_id: '1' } });
    expect(hook.values()[0]?.contacts).toEqual([{ profile: { name: 'Ann' }, wa_id: '15550001111' }]);
    expect((await sandbox.call('POST', path, { phoneNumberId: '9', from: '15550001111', text: 'a' })).status).toBe(404);
    expect((await sandbox.call('POST', path, { phoneNumberId, text: 'a' })).status).toBe(400);
  });

  it('serves the files of people at the address it tells', async () => {
    sandbox.control.whatsappCloud.inbound({
      phoneNumberId,
      from: '15550001111',
      type: 'document',
      document: { filename: 'a.pdf', base64: 'AAEC' },
    });
    await hook.until(() => hook.messages().length === 1);
    const { url } = z.object({ url: z.url() }).parse(hook.messages()[0]?.['document']);
    const file = await fetch(url, { headers: { authorization: 'Bearer EAAtesttoken0001' } });
    expect([file.status, new Uint8Array(await file.arrayBuffer())]).toEqual([200, new Uint8Array([0, 1, 2])]);
  });

  it('signs and posts any body, and hands back the answer', async () => {
    const body = {
      object: 'whatsapp_business_account',
      entry: [{ id: '1', changes: [{ field: 'account_update', value: { event: 'Ä' } }] }],
    };
    const reply = await sandbox.call('POST', '/_sandbox/whatsapp-cloud/webhook', { phoneNumberId, body });
    expect(reply.body).toMatchObject({ kind: 'answered', status: 201, body: 'thanks' });
    const raw = hook.posts[0]?.raw ?? '';
    expect(JSON.parse(raw)).toEqual(body);
    expect(hook.posts[0]?.headers['x-hub-signature-256']).toBe(signatureOf(raw, appSecret));
    await sandbox.call('POST', '/_sandbox/whatsapp-cloud/webhook', { phoneNumberId, body: 'not json' });
    expect(hook.posts[1]?.raw).toBe('not json');
    expect((await sandbox.call('POST', '/_sandbox/whatsapp-cloud/webhook', { phoneNumberId: '9', body })).status).toBe(
      404,
    );
  });

  it('keeps what it got, without credentials, and counts calls for each message', async () => {
    for (const data of ['a', 'b', 'a']) await sandbox.send({ biz_opaque_callback_data: data });
    await sandbox.send({ biz_opaque_callback_data: 'c', text: { body: '' } });
    const page = await sandbox.call('GET', '/_sandbox/history?limit=2&operation=send');
    expect(page.body).toMatchObject({ entries: [{ callbackData: 'a' }, { callbackData: 'b' }], next: 2, seen: 4 });
    expect(page.text).not.toContain('EAAtesttoken');
    expect((await sandbox.call('GET', '/_sandbox/history?limit=2&after=2')).body).toMatchObject({
      entries: [{ callbackData: 'a', request: { body: { text: { body: 'Hello' } } } }, { answer: { code: 131008 } }],
      next: null,
    });
    expect((await sandbox.call('GET', '/_sandbox/counts?minCalls=2')).body).toEqual({ a: { calls: 2, taken: 2 } });
    expect((await sandbox.call('GET', '/_sandbox/counts?by=recipient&key=15550001111')).body).toEqual({
      calls: 3,
      taken: 3,
    });
    expect((await sandbox.call('GET', '/_sandbox/stats')).body).toMatchObject({
      requests: 4,
      accepted: 3,
      refusedByCode: { 131008: 1 },
    });
  });

  it('changes times and faults, pauses, and forgets everything on demand', async () => {
    expect((await sandbox.call('PATCH', '/_sandbox/timing', { sentMs: 7 })).body).toMatchObject({
      sentMs: 7,
      deliveredMs: 1,
    });
    const rule = await sandbox.call('POST', '/_sandbox/faults', { action: { kind: 'error', code: 2 } });
    expect(rule).toMatchObject({ status: 201, body: { id: 'fault-1', seen: 0 } });
    expect((await sandbox.send()).status).toBe(503);
    expect((await sandbox.call('GET', '/_sandbox/faults')).body).toMatchObject([{ fired: 1 }]);
    expect((await sandbox.call('DELETE', '/_sandbox/faults/fault-1')).status).toBe(204);
    expect((await sandbox.call('DELETE', '/_sandbox/faults/fault-1')).status).toBe(404);
    expect((await sandbox.call('POST', '/_sandbox/callbacks/pause')).body).toEqual({ paused: true });
    await sandbox.send();
    expect((await sandbox.call('DELETE', '/_sandbox/')).status).toBe(204);
    expect((await sandbox.call('GET', '/_sandbox/stats')).body).toMatchObject({
      requests: 0,
      pendingTimers: 0,
      pendingUpdates: 0,
    });
    expect((await sandbox.call('POST', '/_sandbox/callbacks/resume')).body).toEqual({ paused: false });
    await sandbox.send();
    await hook.until(() => hook.statuses().length === 3);
  });

  it('shows that it lives, and its figures', async () => {
    expect((await sandbox.call('GET', '/livez')).status).toBe(200);
    expect((await sandbox.call('GET', '/readyz')).status).toBe(200);
    await sandbox.send();
    expect((await sandbox.call('GET', '/metrics')).text).toContain('posthorn_sandbox_accepted 1');
  });
});
