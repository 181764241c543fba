import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { inbound, report, results, seen, sender, toBytes } from './fixtures/webhooks.ts';
import { parseWebhook } from './parse-webhook.ts';

const nowMs = 1_764_000_009_000;
const sentAt = '2025-11-24T16:00:00.000Z';
const id = 'msg_demo_01JD8T0Z5R4YV3W2X1Q0P9N8M7';
const parseBody = (body: unknown) => parseWebhook({ url: '', body: toBytes(body), headers: {}, query: {} }, nowMs);
const parse = (...list: readonly unknown[]) => parseBody(results(list));
const statusOf = (groupId: number, statusId: number, error?: unknown) =>
  parse(report({ status: { groupId, id: statusId, name: 'NAME', description: 'Words' }, error }))[0];

const mediaUrl = `https://xyz.api.example.test/whatsapp/1/senders/${sender}/media/m-1`;
const media = { id: 'm-1', url: mediaUrl };
const payment = { referenceId: 'r', paymentId: 'p', status: 'SUCCESS' };

const contents: readonly (readonly [message: Readonly<Record<string, unknown>>, content: unknown])[] = [
  [
    { type: 'TEXT', text: 'Hello' },
    { type: 'text', text: 'Hello' },
  ],
  [
    { type: 'TEXT', text: '' },
    { type: 'text', text: '' },
  ],
  [
    { type: 'TEXT', text: 'Hi', style: 'bold' },
    { type: 'text', text: 'Hi', data: { style: 'bold' } },
  ],
  [
    { type: 'IMAGE', url: mediaUrl, caption: 'A' },
    { type: 'image', media: { ...media, caption: 'A' } },
  ],
  [
    { type: 'VIDEO', url: mediaUrl },
    { type: 'video', media },
  ],
  [
    { type: 'AUDIO', url: mediaUrl },
    { type: 'audio', media },
  ],
  [
    { type: 'VOICE', url: mediaUrl },
    { type: 'audio', media: { ...media, voice: true } },
  ],
  [
    { type: 'DOCUMENT', url: `${mediaUrl}?v=1`, caption: 'A' },
    { type: 'document', media: { id: 'm-1', url: `${mediaUrl}?v=1`, caption: 'A' } },
  ],
  [
    { type: 'STICKER', url: mediaUrl },
    { type: 'sticker', media },
  ],
  [
    { type: 'IMAGE', caption: 'A' },
    { type: 'image', data: { caption: 'A' } },
  ],
  [
    { type: 'LOCATION', latitude: 52.5, longitude: 13.4, name: 'O' },
    { type: 'location', data: { latitude: 52.5, longitude: 13.4, name: 'O' } },
  ],
  [
    { type: 'CONTACT', contacts: [{ name: { firstName: 'B' } }] },
    { type: 'contacts', data: [{ name: { firstName: 'B' } }] },
  ],
  [
    { type: 'BUTTON', text: 'Stop', payload: 'STOP' },
    { type: 'button', text: 'Stop', data: { text: 'Stop', payload: 'STOP' } },
  ],
  [
    { type: 'INTERACTIVE_BUTTON_REPLY', id: 'yes', title: 'Yes' },
    { type: 'interactive', text: 'Yes', data: { id: 'yes', title: 'Yes', type: 'INTERACTIVE_BUTTON_REPLY' } },
  ],
  [
    { type: 'INTERACTIVE_LIST_REPLY', id: 'm9', title: '09:00' },
    { type: 'interactive', text: '09:00', data: { id: 'm9', title: '09:00', type: 'INTERACTIVE_LIST_REPLY' } },
  ],
  [
    { type: 'INTERACTIVE_FLOW_REPLY', text: 'Sent', response: { a: 1 } },
    { type: 'interactive', text: 'Sent', data: { text: 'Sent', response: { a: 1 }, type: 'INTERACTIVE_FLOW_REPLY' } },
  ],
  [
    { type: 'INTERACTIVE_PAYMENT_CONFIRMATION', ...payment },
    { type: 'interactive', data: { ...payment, type: 'INTERACTIVE_PAYMENT_CONFIRMATION' } },
  ],
  [
    { type: 'INTERACTIVE_CALL_PERMISSION_REPLY', response: 'ACCEPT' },
    { type: 'interactive', data: { response: 'ACCEPT', type: 'INTERACTIVE_CALL_PERMISSION_REPLY' } },
  ],
  [
    { type: 'ORDER', catalogId: 'c', productItems: [], text: 'Hi' },
    { type: 'order', text: 'Hi', data: { catalogId: 'c', productItems: [], text: 'Hi' } },
  ],
  [
    { type: 'INFECTED_CONTENT', malware: 'x' },
    { type: 'infected_content', data: { malware: 'x' } },
  ],
  [{ type: 'UNSUPPORTED' }, { type: 'unsupported' }],
  [
    { type: 'OF_TOMORROW', a: 1 },
    { type: 'of_tomorrow', data: { a: 1 } },
  ],
  [{ a: 1 }, { type: 'unknown', data: { a: 1 } }],
];

describe('infobip: messages', () => {
  it.each(contents)('%j', (message, content) => {
    const [update, ...more] = parse(inbound(message));
    expect(more).toEqual([]);
    expect(update).toMatchObject({ kind: 'message', address: sender });
    expect(update?.kind === 'message' && update.message.content).toEqual(content);
  });

  it('tell who wrote, when, and to what', () => {
    const context = { from: sender, id: 'msg_01', referredProduct: { catalogId: 'c' }, groupId: 'g1' };
    const message = { type: 'TEXT', text: 'Hi', context, referral: { sourceType: 'AD' } };
    expect(parse(inbound(message, { pairedMessageId: 'msg_01', callbackData: 'data' }))).toEqual([
      {
        kind: 'message',
        address: sender,
        message: {
          externalId: 'wamid.IN1',
          from: '+15550001111',
          userId: 'US.13491208655302741918',
          profileName: 'Ann',
          sentAt,
          content: { type: 'text', text: 'Hi' },
          context: { externalId: 'msg_01', from: `+${sender}`, referredProduct: { catalogId: 'c' } },
          referral: { sourceType: 'AD' },
          groupId: 'g1',
          more: { pairedMessageId: 'msg_01', callbackData: 'data', price: { pricePerMessage: 0, currency: 'EUR' } },
        },
      },
    ]);
  });

  it('tell which message a reaction is for', () => {
    const message = { type: 'REACTION', emoji: '👍', action: 'ADDED', context: { id: 'msg_01' } };
    expect(parse(inbound(message))[0]).toMatchObject({
      message: {
        content: { type: 'reaction', data: { emoji: '👍', action: 'ADDED', messageId: 'msg_01' } },
        context: { externalId: 'msg_01' },
      },
    });
  });

  it('come from people without a number, too', () => {
    const contact = { name: 'Ann', userId: 'US.134', username: 'ann.b' };
    const [update] = parse(inbound({ type: 'TEXT', text: 'Hi' }, { from: undefined, contact }));
    expect(update).toMatchObject({
      message: { from: 'US.134', userId: 'US.134', more: { contact: { username: 'ann.b' } } },
    });
  });

  it('have the time of their arrival where Infobip’s cannot be read', () => {
    const [update] = parse(inbound({ type: 'TEXT', text: 'Hi' }, { receivedAt: 'soon' }));
    expect(update).toMatchObject({ message: { sentAt: new Date(nowMs).toISOString(), more: { receivedAt: 'soon' } } });
  });

  it.each([
    ['2025-11-24T13:00:00.000-0300', sentAt],
    ['2025-11-24T16:00:00Z', sentAt],
    ['2025-11-24T17:00:00.000+01:00', sentAt],
  ])('were written at %s', (receivedAt, expected) => {
    expect(parse(inbound({ type: 'TEXT', text: 'Hi' }, { receivedAt }))[0]).toMatchObject({
      message: { sentAt: expected },
    });
  });

  it.each([{ to: undefined }, { messageId: undefined }, { from: undefined, contact: null }])(
    'are kept without %j',
    (less) => {
      const [update] = parse(inbound({ type: 'TEXT', text: 'marker' }, less));
      expect(update?.kind).toBe('unrecognised');
      expect(JSON.stringify(update)).toContain('marker');
    },
  );
});

describe('infobip: reports', () => {
  it('tell a delivery, its price, and our message', () => {
    expect(parse(report({ messageId: id, callbackData: id, channel: 'WHATSAPP' }))).toEqual([
      {
        kind: 'status',
        address: null,
        externalId: id,
        messageId: id,
        status: 'delivered',
        atMs: Date.parse('2025-11-24T16:00:02.000Z'),
        pricing: { messageCount: 1, price: { pricePerMessage: 0.01, currency: 'EUR' }, channel: 'WHATSAPP' },
        more: { bulkId: '', to: '15550001111', contact: { phoneNumber: '15550001111' } },
      },
    ]);
  });

  it.each([
    [0, 0, 'submitted'],
    [1, 3, 'submitted'],
    [1, 7, 'submitted'],
    [1, 26, 'submitted'],
    [3, 2, 'sent'],
    [3, 5, 'delivered'],
    [2, 9, 'failed'],
    [4, 15, 'failed'],
    [5, 12, 'failed'],
  ])('of group %i and id %i say %s', (groupId, statusId, status) => {
    expect(statusOf(groupId, statusId)).toMatchObject({ kind: 'status', status });
  });

  it('name the cause of a failure by the error', () => {
    const error = { groupId: 1, id: 7010, name: 'EC_NO_SESSION', description: 'To +15550001111', permanent: true };
    expect(statusOf(2, 9, error)).toMatchObject({
      failure: {
        kind: 'failed',
        code: 'window_closed',
        problem: { code: '7010', title: 'EC_NO_SESSION', details: 'To …' },
      },
    });
  });

  it('of a refused repeat say nothing of the message', () => {
    expect(statusOf(5, 23)).toMatchObject({ kind: 'news', topic: 'duplicate_refused' });
  });

  it('of a group of tomorrow are kept', () => {
    expect(statusOf(9, 900)).toMatchObject({ kind: 'unrecognised', data: { messageId: 'msg_01' } });
  });

  it('find our message by the id of a later life, and by the callback data', () => {
    expect(parse(report({ messageId: `${id}.2` }))[0]).toMatchObject({ externalId: `${id}.2`, messageId: id });
    expect(parse(report({ messageId: 'theirs', callbackData: id }))[0]).toMatchObject({ messageId: id });
    expect(parse(report({ messageId: 'theirs', callbackData: 'theirs' }))[0]).toMatchObject({ messageId: null });
  });

  it('tell that a message was read', () => {
    expect(parse(seen({ messageId: id }))).toMatchObject([
      { kind: 'status', address: null, externalId: id, messageId: id, status: 'read', atMs: 1_764_000_009_000 },
    ]);
  });
});

describe('infobip: news', () => {
  it.each([
    [
      {
        messageTemplateName: 'a',
        timestamp: '2025-11-24T16:00:00.000+0000',
        change: { type: 'TEMPLATE_STATUS_UPDATE', newStatus: 'APPROVED' },
      },
      { address: null, topic: 'template_status_update', atMs: Date.parse(sentAt) },
    ],
    [
      {
        from: sender,
        content: { sender, from: '1555', notificationMessagesStatus: 'stop' },
        createdAt: '2025-11-24T16:00:00.000+0000',
      },
      {
        address: sender,
        topic: 'marketing_preference',
        atMs: Date.parse(sentAt),
        preferences: [{ recipient: '+1555', marketing: 'out', atMs: Date.parse(sentAt) }],
      },
    ],
    [
      { from: sender, content: { type: 'user_identity_changed', userNumber: '1555', hash: 'h' } },
      { address: sender, topic: 'user_identity_changed' },
    ],
  ])('%j', (body, expected) => {
    expect(parseBody(body)).toEqual([{ kind: 'news', ...expected, data: body }]);
  });

  it.each([[{ a: 1 }], [{ results: 7 }], [{ content: {} }], [{ change: { type: {} } }]])('keeps %j', (body) => {
    expect(parseBody(body)).toMatchObject([{ kind: 'unrecognised', data: body }]);
  });

  it('keeps what came beside results', () => {
    expect(parseBody({ ...results([]), eventId: 'e1' })).toMatchObject([
      { kind: 'unrecognised', data: { eventId: 'e1' } },
    ]);
  });

  it('never throws over JSON of any kind', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => expect(Array.isArray(parseBody(body))).toBe(true)),
      { numRuns: 500 },
    );
  });
});
