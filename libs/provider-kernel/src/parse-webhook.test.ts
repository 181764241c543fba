import { describe, expect, it } from '@jest/globals';
import { channelIdSchema, toMessageId } from '@posthorn/message';
import type { WebhookUpdate } from '@posthorn/provider';
import * as fc from 'fast-check';
import { channelWith } from './fixtures/connected-channel.ts';
import { kernel } from './kernel.ts';

const nowMs = 1_764_000_000_000;
const call = (body: unknown, query: Readonly<Record<string, string>> = {}) => ({
  url: 'https://posthorn.example.test/aura-services/v1/whatsapp/messages',
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  headers: {},
  query,
});
const parse = (body: unknown): readonly WebhookUpdate[] => kernel.parse(call(body), nowMs);
const contacts = [{ profile: { name: 'Ana' }, wa_id: '34600000001' }];
const text = { from: '34600000001', id: 'ABEG1', timestamp: '1764000000', type: 'text', text: { body: 'Hola' } };
const cloud = (value: unknown, field = 'messages') => ({
  object: 'whatsapp_business_account',
  entry: [{ id: '1', time: 1_764_000_000, changes: [{ field, value }] }],
});
const inForms = [
  ['the On-Premises form', (value: object) => value],
  [
    'the Cloud form',
    (value: object) => cloud({ messaging_product: 'whatsapp', metadata: { phone_number_id: '9' }, ...value }),
  ],
] as const;

describe.each(inForms)('kernel: webhooks in %s', (_, form) => {
  it('tell a message, with who wrote it', () => {
    expect(parse(form({ contacts, messages: [text] }))).toEqual([
      {
        kind: 'message',
        address: null,
        message: expect.objectContaining({
          externalId: 'ABEG1',
          from: '+34600000001',
          profileName: 'Ana',
          sentAt: '2025-11-24T16:00:00.000Z',
          content: { type: 'text', text: 'Hola', data: undefined },
        }),
      },
    ]);
  });

  it.each([
    ['image', { id: 'b0a1', mime_type: 'image/jpeg', sha256: 'x', caption: 'Foto' }],
    ['audio', { id: 'b0a2', mime_type: 'audio/ogg' }],
    ['video', { id: 'b0a3', mime_type: 'video/mp4' }],
    ['document', { id: 'b0a4', mime_type: 'application/pdf', filename: 'a.pdf' }],
    ['sticker', { id: 'b0a5', mime_type: 'image/webp' }],
  ])('tell a file: %s', (type, file) => {
    const [update] = parse(form({ contacts, messages: [{ ...text, type, [type]: file }] }));
    expect(update).toMatchObject({ message: { content: { type, media: { id: file.id, mimeType: file.mime_type } } } });
  });

  it('tell a voice note as audio that is one', () => {
    const [update] = parse(form({ contacts, messages: [{ ...text, type: 'voice', voice: { id: 'b0a6' } }] }));
    expect(update).toMatchObject({ message: { content: { type: 'audio', media: { id: 'b0a6', voice: true } } } });
  });

  it.each([
    ['location', { latitude: 40.4, longitude: -3.7 }, undefined],
    ['contacts', [{ name: { formatted_name: 'Ana' } }], undefined],
    ['button', { text: 'Sí', payload: 'p' }, 'Sí'],
    ['interactive', { type: 'button_reply', button_reply: { id: 'si', title: 'Sí' } }, 'Sí'],
    ['interactive', { type: 'list_reply', list_reply: { id: 'a', title: 'A', description: 'B' } }, 'A'],
    ['order', { catalog_id: 'c', text: 'two' }, 'two'],
    ['system', { body: 'changed number' }, 'changed number'],
    ['unknown', { something: 1 }, undefined],
    ['of_tomorrow', { something: 1 }, undefined],
  ])('keep a message of type %s whole', (type, value, shown) => {
    const [update] = parse(form({ contacts, messages: [{ ...text, type, [type]: value }] }));
    expect(update).toMatchObject({ kind: 'message', message: { content: { type, data: value } } });
    expect(update?.kind === 'message' ? update.message.content.text : null).toBe(shown);
  });

  it('tell what a message quotes', () => {
    const [update] = parse(form({ messages: [{ ...text, context: { from: '34600000000', id: 'gBEG1' } }] }));
    expect(update).toMatchObject({ message: { context: { externalId: 'gBEG1', from: '+34600000000' } } });
  });

  it.each(['sent', 'delivered', 'read', 'failed'])('tell the status %s', (status) => {
    const told = {
      id: 'gBEG1',
      recipient_id: '34600000001',
      status,
      timestamp: '1764000005',
      pricing: { billable: true },
    };
    expect(parse(form({ statuses: [told] }))).toMatchObject([
      {
        kind: 'status',
        address: null,
        externalId: 'gBEG1',
        status,
        atMs: 1_764_000_005_000,
        pricing: { billable: true },
      },
    ]);
  });

  it('tell why a message failed, by the table of responseCode', () => {
    const of = (code: number) =>
      parse(form({ statuses: [{ id: 'g', status: 'failed', errors: [{ code, title: 'Sorry' }] }] }))[0];
    expect(of(470)).toMatchObject({ failure: { code: 'window_closed', problem: { code: '470', title: 'Sorry' } } });
    expect(of(500)).toMatchObject({ failure: { code: 'provider_unavailable' } });
    expect(of(500)).not.toHaveProperty('failure.mayBeOut');
    expect(of(77)).toMatchObject({ failure: { code: 'rejected' } });
  });

  it('tell a deletion and errors as news', () => {
    const updates = parse(
      form({ statuses: [{ id: 'g', status: 'deleted' }], errors: [{ code: 1014, title: 'Internal' }] }),
    );
    expect(updates).toMatchObject([
      { kind: 'news', topic: 'status.deleted' },
      { kind: 'news', topic: 'errors', data: { code: 1014 } },
    ]);
  });

  it('never lose the others to a bad part, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const updates = parse(
          form({ contacts: one, messages: [one, text], statuses: [other, { id: 'g', status: 'sent' }] }),
        );
        const found = updates.flatMap((update) => (update.kind === 'message' ? [update.message.externalId] : []));
        expect(found).toContain('ABEG1');
        expect(updates.length).toBeGreaterThanOrEqual(4);
      }),
    );
  });
});

describe('kernel: webhooks', () => {
  it('bring our id back in the Cloud form', () => {
    const messageId = toMessageId(channelIdSchema.parse('demo'), '01JD8T0Z5R4YV3W2X1Q0P9N8M7');
    const status = { id: 'wamid.1', status: 'sent', biz_opaque_callback_data: messageId };
    expect(parse(cloud({ statuses: [status] }))).toMatchObject([{ kind: 'status', messageId }]);
  });

  it('keep other fields of the Cloud form as news', () => {
    expect(parse(cloud({ event: 'APPROVED' }, 'message_template_status_update'))).toMatchObject([
      { kind: 'news', topic: 'message_template_status_update', data: { event: 'APPROVED' } },
    ]);
  });

  it('keep what is in no form', () => {
    for (const body of [
      '',
      'hello',
      '[]',
      '{}',
      '{"entry":[]}',
      '{"entry":[7]}',
      '{"entry":[{"changes":[{}]}]}',
      'null',
    ]) {
      expect(parse(body).map(({ kind }) => kind)).toEqual(['unrecognised']);
    }
  });

  it('are proven by one of the keys, and by nothing without a key', () => {
    const channel = channelWith({ apiKeys: ['now', 'before'] });
    for (const apikey of ['now', 'before']) expect(channel.verifies(call({}, { apikey }))).toBe(true);
    for (const apikey of ['', 'Now', 'no', 'nowx']) expect(channel.verifies(call({}, { apikey }))).toBe(false);
    expect(channel.verifies(call({}))).toBe(false);
    for (const apikey of ['', 'undefined'])
      expect(channelWith({ apiKeys: [] }).verifies(call({}, { apikey }))).toBe(false);
  });

  it('come at the old address too, which names the channel in its query', () => {
    const [alias] = kernel.webhookAliases;
    expect(alias?.path).toBe('/aura-services/v1/whatsapp/messages');
    expect(alias?.channel({}, { apikey: 'k', channelId: '7e0a6c0e' })).toEqual({ id: '7e0a6c0e' });
    expect(alias?.channel({}, { apikey: 'k' })).toBeNull();
  });
});
