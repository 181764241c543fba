import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  account,
  appSecret,
  hello,
  phoneNumberId,
  sentOf,
  startHook,
  startSandbox,
  webhookTo,
} from '../testing/start.ts';
import { signatureOf } from './webhook-body.ts';

describe('whatsapp-cloud: what becomes of a message', () => {
  let hook: Awaited<ReturnType<typeof startHook>>;
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  beforeEach(async () => {
    hook = await startHook();
    sandbox = await startSandbox({ accounts: [account({ webhook: webhookTo(hook) })] });
  });
  afterEach(async () => {
    await sandbox.close();
    await hook.close();
  });
  const names = () => hook.statuses().map(({ status }) => status);

  it('tells sent, delivered and read in this order, signed, with the callback data', async () => {
    const reply = sentOf.parse((await sandbox.send({ biz_opaque_callback_data: 'msg_Zoë' })).body);
    await hook.until(() => hook.statuses().length === 3);
    expect(names()).toEqual(['sent', 'delivered', 'read']);
    for (const status of hook.statuses()) {
      expect(status).toMatchObject({
        id: reply.messages[0]?.id,
        recipient_id: '15550001111',
        biz_opaque_callback_data: 'msg_Zoë',
      });
      expect(status.timestamp).toMatch(/^\d{10}$/);
    }
    for (const { raw, headers } of hook.posts) {
      expect(headers['x-hub-signature-256']).toBe(signatureOf(raw, appSecret));
      expect(raw).toMatch(/^[\x20-\x7e]*$/);
    }
    expect(hook.values()[0]?.metadata).toEqual({ display_phone_number: '15551230000', phone_number_id: phoneNumberId });
    expect(hook.bodies()[0]?.entry[0]?.id).toBe('102290129340398');
  });

  it('tells the price with sent and with delivered', async () => {
    await sandbox.send({ type: 'template', template: { name: 'a', language: { code: 'en' } } });
    await hook.until(() => hook.statuses().length === 3);
    const price = { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' };
    expect(hook.statuses().map(({ pricing }) => pricing)).toEqual([price, price, undefined]);
  });

  it('tells the conversation before v24.0, its end only with sent', async () => {
    await sandbox.asMeta('POST', `/v23.0/${phoneNumberId}/messages`, hello);
    await hook.until(() => hook.statuses().length === 3);
    const [sent, delivered] = hook.statuses();
    expect(sent?.conversation).toMatchObject({
      expiration_timestamp: expect.stringMatching(/^\d{10}$/),
      origin: { type: 'service' },
    });
    expect(delivered?.conversation).toEqual({ id: sent?.conversation?.['id'], origin: { type: 'service' } });
  });

  it('tells it later only for a conversation an advertisement opened', async () => {
    sandbox.control.whatsappCloud.inbound({
      phoneNumberId,
      from: '15550001111',
      text: 'hi',
      referral: { source_type: 'ad' },
    });
    await sandbox.send();
    await sandbox.send({ to: '15550002222' });
    await hook.until(() => hook.statuses().length === 6);
    const origins = (to: string) =>
      hook
        .statuses()
        .filter((one) => one.recipient_id === to && one.status === 'sent')
        .map(({ conversation }) => conversation?.['origin']);
    expect(origins('15550001111')).toEqual([{ type: 'referral_conversion' }]);
    expect(origins('15550002222')).toEqual([undefined]);
  });

  it('tells a reaction as sent only, and a voice note as played', async () => {
    await sandbox.send({ type: 'reaction', reaction: { message_id: 'wamid.A', emoji: '👍' } });
    await hook.until(() => names().length === 1 && sandbox.control.stats().pendingTimers === 0);
    expect(names()).toEqual(['sent']);
    await sandbox.send({ type: 'audio', audio: { link: 'https://files.example.test/a.ogg', voice: true } });
    await hook.until(() => names().length === 5);
    expect(names().slice(1)).toEqual(['sent', 'delivered', 'read', 'played']);
  });

  it('keeps read to itself where receipts are off', async () => {
    sandbox.control.setTiming({ readMs: null });
    await sandbox.send();
    await hook.until(() => names().length === 2 && sandbox.control.stats().pendingTimers === 0);
    expect(names()).toEqual(['sent', 'delivered']);
  });

  it('names a user without a number by the user id', async () => {
    await sandbox.send({ to: undefined, recipient: 'US.134' });
    await hook.until(() => names().length === 3);
    expect(hook.statuses()[0]).toMatchObject({ recipient_user_id: 'US.134' });
    expect(hook.statuses()[0]).not.toHaveProperty('recipient_id');
  });

  it('fails what is no template outside the window, where the account has one', async () => {
    await sandbox.control.whatsappCloud.putAccount(account({ webhook: webhookTo(hook), customerWindow: true }));
    await sandbox.send();
    await hook.until(() => names().length === 1);
    expect(hook.statuses()[0]).toMatchObject({
      status: 'failed',
      errors: [{ code: 131047, title: 'Re-engagement message' }],
    });
    sandbox.control.whatsappCloud.inbound({ phoneNumberId, from: '15550001111', text: 'hi' });
    await sandbox.send();
    await hook.until(() => names().length === 4);
    expect(names()).toEqual(['failed', 'sent', 'delivered', 'read']);
  });
});
