import { describe, expect, it } from '@jest/globals';
import { channelIdSchema, externalIdSchema, recipientSchema, toMessageId, type Content } from '@posthorn/message';
import type { OutgoingMessage } from '@posthorn/provider';
import { z } from 'zod';
import { omniSamples } from './fixtures/omni-samples.ts';
import { samples } from './fixtures/samples.ts';
import { apiKey, channelWith, webhookKeys } from './fixtures/settings.ts';
import { sender } from './fixtures/webhooks.ts';
import { toMessageIdOf } from './outgoing-id.ts';

const id = toMessageId(channelIdSchema.parse('demo'), '01JD8T0Z5R4YV3W2X1Q0P9N8M7');
const message = (content: Content, more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  id,
  to: recipientSchema.parse('+15550001111'),
  content,
  replyTo: null,
  reactionTo: null,
  ...more,
});
const text: Content = { type: 'text', body: 'Hello' };

const bodySchema = z.record(z.string(), z.unknown());

function sent(
  outgoing: OutgoingMessage,
  settings: Readonly<Record<string, unknown>> = {},
  token: string | null = null,
) {
  const { body, ...request } = channelWith(settings).toRequest(outgoing, token);
  return { ...request, body: bodySchema.parse(JSON.parse(z.string().parse(body))) };
}

describe('infobip: a message of the current API', () => {
  it.each(samples)('$name', ({ content, path, is }) => {
    const { url, body } = sent(message(content));
    expect(url).toBe(`https://xyz.api.example.test/whatsapp/1/message/${path}`);
    const envelope = { from: sender, to: '15550001111', messageId: id, callbackData: id };
    const one = is === undefined ? envelope : { ...envelope, content: is };
    expect(body).toEqual(path === 'template' ? { messages: [one] } : one);
  });

  it('goes to the address of the account, with whatever path it has', () => {
    expect(sent(message(text), { baseUrl: 'https://proxy.example.test/infobip/' }).url).toBe(
      'https://proxy.example.test/infobip/whatsapp/1/message/text',
    );
  });

  it('names a person without a number by the user id', () => {
    const to = recipientSchema.parse('US.13491208655302741918');
    expect(sent(message(text, { to })).body['to']).toBe('US.13491208655302741918');
  });

  it('quotes, but not from a template, which cannot', () => {
    const replyTo = externalIdSchema.parse('wamid.IN1');
    expect(sent(message(text, { replyTo })).body['context']).toEqual({ replyToMessageId: 'wamid.IN1' });
    const template = sent(message({ type: 'template', name: 'a', language: 'en' }, { replyTo }));
    expect(JSON.stringify(template.body)).not.toContain('wamid.IN1');
  });

  it('asks for its reports at our address, with the current key', () => {
    const notifyUrl = 'https://hooks.example.test/webhooks/infobip/demo';
    const { body } = sent(message(text), { notifyUrl, applicationId: 'app', entityId: 'entity' });
    expect(body).toMatchObject({
      notifyUrl: `${notifyUrl}?key=${webhookKeys[0]}`,
      applicationId: 'app',
      entityId: 'entity',
    });
  });

  it('repeats under the same id, and lives again under another', () => {
    expect(sent(message(text)).body).toEqual(sent(message(text, { spentIds: 0 })).body);
    expect(sent(message(text, { spentIds: 1 })).body).toMatchObject({ messageId: `${id}.2`, callbackData: id });
    expect(toMessageIdOf(`${id}.2`)).toBe(id);
    expect(toMessageIdOf('6920cb18-8b18-4172-9de7-514e2aac9ef1', id)).toBe(id);
    expect(toMessageIdOf(undefined, 'theirs')).toBeNull();
  });

  it.each([
    ['an API key', { type: 'api_key', apiKey }, null, `App ${apiKey}`],
    ['Basic', { type: 'basic', username: 'ann', password: 'pa:ss' }, null, 'Basic YW5uOnBhOnNz'],
    ['OAuth', { type: 'oauth', clientId: 'ann', clientSecret: 'x' }, 'token-1', 'Bearer token-1'],
    ['a session', { type: 'ibsso', username: 'ann', password: 'x' }, 'token-1', 'IBSSO token-1'],
  ])('proves who it is by %s', (_name, auth, token, authorization) => {
    expect(sent(message(text), { auth }, token).headers).toMatchObject({ authorization });
  });
});

describe('infobip: a message of the OMNI API', () => {
  const omni = { api: 'omni', scenarioKey: 'AAAA0000BBBB1111CCCC2222DDDD3333' };

  it.each(omniSamples)('$name', ({ content, is }) => {
    const { url, body } = sent(message(content), omni);
    expect(url).toBe('https://xyz.api.example.test/omni/1/advanced');
    expect(body).toEqual({
      scenarioKey: omni.scenarioKey,
      destinations: [{ messageId: id, to: { phoneNumber: '15550001111' } }],
      whatsApp: is,
      callbackData: id,
    });
  });

  it('leaves the scenario to the account, and names a person by the user id', () => {
    const to = recipientSchema.parse('US.13491208655302741918');
    const { body } = sent(message(text, { to, spentIds: 2 }), { api: 'omni' });
    expect(body).not.toHaveProperty('scenarioKey');
    expect(body['destinations']).toEqual([{ messageId: `${id}.3`, to: { whatsAppUserId: 'US.13491208655302741918' } }]);
  });

  it('carries the namespace of templates and the address for reports', () => {
    const notifyUrl = 'https://hooks.example.test/webhooks/infobip/demo';
    const template: Content = { type: 'template', name: 'a', language: 'en' };
    const { body } = sent(message(template), { ...omni, templateNamespace: 'space_1', notifyUrl });
    expect(body).toMatchObject({
      whatsApp: { templateNamespace: 'space_1', templateName: 'a', templateData: [] },
      notifyUrl: `${notifyUrl}?key=${webhookKeys[0]}`,
      notifyContentType: 'application/json',
    });
  });
});
