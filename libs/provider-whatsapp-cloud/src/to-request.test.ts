import { describe, expect, it } from '@jest/globals';
import { channelIdSchema, externalIdSchema, recipientSchema, toMessageId } from '@posthorn/message';
import type { OutgoingMessage } from '@posthorn/provider';
import { channelWith } from './fixtures/connected-channel.ts';
import { samples } from './fixtures/samples.ts';

const id = toMessageId(channelIdSchema.parse('demo'), '01JD8T0Z5R4YV3W2X1Q0P9N8M7');

const message = (more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  id,
  to: recipientSchema.parse('+15550001111'),
  content: { type: 'text', body: 'Hello' },
  replyTo: null,
  reactionTo: null,
  ...more,
});
const bodyOf = (more: Partial<OutgoingMessage>, settings = {}): unknown => {
  const { body } = channelWith(settings).toRequest(message(more), null);
  return typeof body === 'string' ? JSON.parse(body) : body;
};

const common = {
  messaging_product: 'whatsapp',
  recipient_type: 'individual',
  biz_opaque_callback_data: 'msg_demo_01JD8T0Z5R4YV3W2X1Q0P9N8M7',
};
const proof = { appsecret_proof: 'da0069726a75822acc54c5f08d57c793ea2ef627acd4584ea56ff8540057037d' };

describe('whatsapp-cloud: requests', () => {
  it('go to the number’s messages, with the token in the header', () => {
    const { body: _, ...request } = channelWith({ baseUrl: 'http://127.0.0.1:4010/' }).toRequest(message(), null);
    expect(request).toEqual({
      operation: 'whatsapp-cloud.messages.send',
      method: 'POST',
      url: 'http://127.0.0.1:4010/v25.0/106540352242922/messages',
      headers: { authorization: 'Bearer EAAtesttoken0001', 'content-type': 'application/json' },
    });
  });

  it.each(samples)('$name: has exactly the body that Meta documents', ({ content, body }) => {
    expect(bodyOf({ content })).toEqual({ ...common, to: '15550001111', ...body, ...proof });
  });

  it('name a person without a number by the user id', () => {
    const to = recipientSchema.parse('US.13491208655302741918');
    expect(bodyOf({ to })).toEqual({
      ...common,
      recipient: 'US.13491208655302741918',
      type: 'text',
      text: { body: 'Hello' },
      ...proof,
    });
  });

  it('quote a message, except in a reaction, which names its own', () => {
    const replyTo = externalIdSchema.parse('wamid.A');
    expect(bodyOf({ replyTo })).toMatchObject({ context: { message_id: 'wamid.A' } });
    const reactionTo = externalIdSchema.parse('wamid.B');
    const reaction = bodyOf({ content: { type: 'reaction', to: 'msg_1', emoji: '👍' }, replyTo, reactionTo });
    expect(reaction).toMatchObject({ reaction: { message_id: 'wamid.B' } });
    expect(reaction).not.toHaveProperty('context');
  });

  it('go to the marketing endpoint with templates of that category, where the channel wants that', () => {
    const content = { type: 'template', name: 'sale', language: 'en_US', category: 'marketing' } as const;
    const channel = (settings: object) => channelWith({ baseUrl: 'http://127.0.0.1:4010', ...settings });
    const marketing = channel({ marketing: {} }).toRequest(message({ content }), null);
    expect(marketing).toMatchObject({
      operation: 'whatsapp-cloud.marketing_messages.send',
      url: 'http://127.0.0.1:4010/v25.0/106540352242922/marketing_messages',
    });
    expect(bodyOf({ content }, { marketing: { productPolicy: 'STRICT', activitySharing: false } })).toEqual({
      ...common,
      to: '15550001111',
      type: 'template',
      template: { name: 'sale', language: { code: 'en_US' } },
      product_policy: 'STRICT',
      message_activity_sharing: false,
      ...proof,
    });
    const usual = 'http://127.0.0.1:4010/v25.0/106540352242922/messages';
    expect(channel({}).toRequest(message({ content }), null).url).toBe(usual);
    const utility = message({ content: { ...content, category: 'utility' } });
    expect(channel({ marketing: {} }).toRequest(utility, null).url).toBe(usual);
  });

  it('prove the app secret with the current one, and only where wanted', () => {
    const secrets = { appSecret: undefined, appSecrets: ['posthorn-test-app-secret', 'former'] };
    expect(bodyOf({}, secrets)).toMatchObject(proof);
    expect(bodyOf({}, { appSecretProof: false })).not.toHaveProperty('appsecret_proof');
  });
});
