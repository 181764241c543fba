import { describe, expect, it } from '@jest/globals';
import { channelIdSchema, externalIdSchema, recipientSchema, toMessageId } from '@posthorn/message';
import type { OutgoingMessage } from '@posthorn/provider';
import { channelWith, settingsWith } from './fixtures/connected-channel.ts';
import { samples } from './fixtures/samples.ts';
import { kernel } from './kernel.ts';

const id = toMessageId(channelIdSchema.parse('demo'), '01JD8T0Z5R4YV3W2X1Q0P9N8M7');
const message = (more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  id,
  to: recipientSchema.parse('+34600000001'),
  content: { type: 'text', body: 'Hola' },
  replyTo: null,
  reactionTo: null,
  ...more,
});
const bodyOf = (more: Partial<OutgoingMessage>, version: 'v1' | 'v2'): unknown => {
  const { body } = channelWith({ version, templateNamespace: 'ns_1' }).toRequest(message(more), 't');
  return typeof body === 'string' ? JSON.parse(body) : body;
};
const correlator = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u;

describe('kernel: requests', () => {
  it('go to the messages of the channel’s version, v1 unless it says v2', () => {
    const { body: _, ...request } = channelWith().toRequest(message(), 'token-1');
    expect(request).toEqual({
      operation: 'kernel.messages.send',
      method: 'POST',
      url: 'https://api.global-int-current.baikalplatform.com/whatsapp/v1/messages',
      headers: {
        authorization: 'Bearer token-1',
        'content-type': 'application/json',
        'x-correlator': expect.stringMatching(correlator),
      },
    });
    const urlOf = (settings: Readonly<Record<string, unknown>>) => channelWith(settings).toRequest(message(), 't').url;
    expect(urlOf({ version: 'v2', environment: 'es-pro' })).toBe(
      'https://api.es-pro.baikalplatform.com/whatsapp/v2/messages',
    );
    expect(urlOf({ apiUrl: 'http://127.0.0.1:1/k/', messagesPath: '/m' })).toBe('http://127.0.0.1:1/k/m');
  });

  it('carry a correlator of their own, the same in every try of a message', () => {
    const other = toMessageId(channelIdSchema.parse('demo'), '01JD8T0Z5R4YV3W2X1Q0P9N8M8');
    const of = (each: OutgoingMessage, token: string) => channelWith().toRequest(each, token).headers?.['x-correlator'];
    expect(of(message(), 'a')).toBe(of(message({ replyTo: externalIdSchema.parse('x') }), 'b'));
    expect(of(message(), 'a')).not.toBe(of(message({ id: other }), 'a'));
  });

  const v1 = samples.flatMap(({ name, content, v1: body }) => (body === undefined ? [] : [{ name, content, body }]));
  const v2 = samples.flatMap(({ name, content, v2: body }) => (body === undefined ? [] : [{ name, content, body }]));
  const reactionTo = externalIdSchema.parse('earlier-2');

  it.each(v1)('v1, $name: the On-Premises form', ({ content, body }) => {
    const common = { recipient_type: 'individual', to: '34600000001' };
    expect(bodyOf({ content, reactionTo }, 'v1')).toEqual({ ...common, ...body });
  });

  it.each(v2)('v2, $name: the Cloud API’s form', ({ content, body }) => {
    const common = { messaging_product: 'whatsapp', recipient_type: 'individual', to: '34600000001' };
    expect(bodyOf({ content, reactionTo }, 'v2')).toEqual({ ...common, biz_opaque_callback_data: id, ...body });
  });

  it('quote a message, in both versions', () => {
    const replyTo = externalIdSchema.parse('gBEG1');
    for (const version of ['v1', 'v2'] as const) {
      expect(bodyOf({ replyTo }, version)).toMatchObject({ context: { message_id: 'gBEG1' } });
    }
  });
});

describe('kernel: what a version cannot do', () => {
  const only = samples.filter((sample) => sample.v1 === undefined);
  it.each(only)('$name: is refused at accept on a channel of v1, the default', ({ content }) => {
    for (const settings of [settingsWith(), settingsWith({ version: 'v1' }), undefined]) {
      const faults = kernel.check(content, settings);
      expect(faults.length).toBeGreaterThan(0);
      for (const { detail } of faults) expect(detail).toContain('v2');
    }
    expect(kernel.check(content, settingsWith({ version: 'v2' }))).toEqual([]);
  });

  it.each(samples.filter((sample) => sample.v1 !== undefined))('$name: passes on v1', ({ content }) => {
    expect(kernel.check(content, settingsWith())).toEqual([]);
  });

  it('refuses a kind of interactive message that nobody has seen go through Kernel', () => {
    const content = { type: 'interactive', kind: 'product', catalogId: 'c', productId: 'p' } as const;
    expect(kernel.check(content, settingsWith({ version: 'v2' })).map(({ pointer }) => pointer)).toEqual(['/kind']);
  });
});
