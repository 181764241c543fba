import { describe, expect, it } from '@jest/globals';
import {
  entry,
  envelope,
  messageEntry,
  messagesEntry,
  phoneNumberId,
  statusEntry,
  wabaId,
} from './fixtures/webhooks.ts';
import { leavesOf } from './fixtures/leaves-of.ts';
import { parseWebhook } from './parse-webhook.ts';

const nowMs = 1_764_000_009_000;
const parseBody = (body: unknown) =>
  parseWebhook({ url: '', body: Buffer.from(JSON.stringify(body)), headers: {}, query: {} }, nowMs);
const parse = (...entries: readonly unknown[]) => parseBody(envelope(entries));
const media = { id: '65463453', mime_type: 'image/jpeg', sha256: '4654+8g=' };
const read = { id: '65463453', mimeType: 'image/jpeg', sha256: '4654+8g=' };
const context = { from: '15551230000', id: 'wamid.OUT1' };

const contents: readonly (readonly [type: string, object: unknown, content: Readonly<Record<string, unknown>>])[] = [
  ['text', { body: 'hi' }, { text: 'hi' }],
  ['text', { body: '' }, { text: '' }],
  ['text', { body: 'hi', style: 'bold' }, { text: 'hi', data: { style: 'bold' } }],
  [
    'image',
    { ...media, caption: 'c', url: 'https://x.test/1' },
    { media: { ...read, caption: 'c', url: 'https://x.test/1' } },
  ],
  ['video', { ...media, caption: 'c' }, { media: { ...read, caption: 'c' } }],
  ['audio', { ...media, voice: true }, { media: { ...read, voice: true } }],
  ['document', { ...media, filename: 'a.pdf' }, { media: { ...read, filename: 'a.pdf' } }],
  ['sticker', { ...media, animated: false }, { media: { ...read, animated: false } }],
  ['image', { mime_type: 'image/jpeg' }, { data: { mime_type: 'image/jpeg' } }],
  ['location', { latitude: 37.46, longitude: -122.2 }, { data: { latitude: 37.46, longitude: -122.2 } }],
  ['contacts', [{ name: { formatted_name: 'B' } }], { data: [{ name: { formatted_name: 'B' } }] }],
  ['reaction', { message_id: 'wamid.A', emoji: '😮' }, { data: { message_id: 'wamid.A', emoji: '😮' } }],
  ['reaction', { message_id: 'wamid.A' }, { data: { message_id: 'wamid.A' } }],
  ['button', { payload: 'STOP', text: 'Stop' }, { text: 'Stop', data: { payload: 'STOP', text: 'Stop' } }],
  [
    'interactive',
    { type: 'button_reply', button_reply: { id: 'yes', title: 'Yes' } },
    { text: 'Yes', data: { type: 'button_reply', button_reply: { id: 'yes', title: 'Yes' } } },
  ],
  [
    'interactive',
    { type: 'list_reply', list_reply: { id: 'm9', title: '09:00', description: 'Room 1' } },
    { text: '09:00', data: { type: 'list_reply', list_reply: { id: 'm9', title: '09:00', description: 'Room 1' } } },
  ],
  [
    'interactive',
    { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"a":1}' } },
    { text: 'Sent', data: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"a":1}' } } },
  ],
  [
    'interactive',
    { type: 'call_permission_reply', call_permission_reply: { response: 'accept' } },
    { data: { type: 'call_permission_reply', call_permission_reply: { response: 'accept' } } },
  ],
  [
    'order',
    { catalog_id: '7', text: 'Please', product_items: [] },
    { text: 'Please', data: { catalog_id: '7', text: 'Please', product_items: [] } },
  ],
  [
    'system',
    { type: 'user_changed_number', body: 'Ann changed', wa_id: '15550009999' },
    { text: 'Ann changed', data: { type: 'user_changed_number', body: 'Ann changed', wa_id: '15550009999' } },
  ],
  [
    'edit',
    { original_message_id: 'wamid.A', message: { type: 'text', text: { body: 'new' } } },
    { data: { original_message_id: 'wamid.A', message: { type: 'text', text: { body: 'new' } } } },
  ],
  ['revoke', { original_message_id: 'wamid.A' }, { data: { original_message_id: 'wamid.A' } }],
  ['unsupported', { type: 'poll' }, { data: { type: 'poll' } }],
  ['unsupported', undefined, {}],
  ['hologram', { shape: 'cube' }, { data: { shape: 'cube' } }],
  ['constructor', undefined, {}],
];

describe('whatsapp-cloud: messages', () => {
  it.each(contents)('of type %s: %j', (type, object, content) => {
    expect(parse(messageEntry({ type, [type]: object }))).toEqual([
      {
        kind: 'message',
        address: phoneNumberId,
        message: {
          externalId: 'wamid.IN1',
          from: '+15550001111',
          profileName: 'Ann',
          sentAt: '2025-11-24T16:00:00.000Z',
          content: { type, ...content },
        },
      },
    ]);
  });

  it('of a person without a number come from the user id', () => {
    const contacts = [{ profile: { name: 'Ann', username: 'ann.b' }, user_id: 'US.13491208655302741918' }];
    const message = {
      from_user_id: 'US.13491208655302741918',
      id: 'wamid.IN2',
      timestamp: '1764000002',
      type: 'text',
      text: { body: 'hi' },
    };
    expect(parse(messagesEntry({ contacts, messages: [message] }))).toMatchObject([
      {
        kind: 'message',
        message: {
          from: 'US.13491208655302741918',
          userId: 'US.13491208655302741918',
          profileName: 'Ann',
          more: { contact: { profile: { username: 'ann.b' } } },
        },
      },
    ]);
  });

  it('belong to their own contact among several', () => {
    const contacts = [
      { profile: { name: 'Bob' }, wa_id: '15550002222' },
      { profile: { name: 'Ann' }, wa_id: '15550001111' },
    ];
    const message = { id: 'wamid.IN1', timestamp: '1764000000', type: 'text', text: { body: 'hi' } };
    const updates = parse(
      messagesEntry({
        contacts,
        messages: [
          { ...message, from: '15550001111' },
          { ...message, from: '15550003333' },
        ],
      }),
    );
    expect(updates).toMatchObject([{ message: { profileName: 'Ann' } }, { message: { from: '+15550003333' } }]);
    expect(updates[1]).not.toHaveProperty('message.profileName', 'Ann');
    expect(updates[1]).not.toHaveProperty('message.profileName', 'Bob');
  });

  it('keep context, referral, group and errors', () => {
    const [update] = parse(
      messageEntry({
        type: 'text',
        text: { body: 'hi' },
        context: { ...context, frequently_forwarded: true, referred_product: { catalog_id: '7' }, odd: 1 },
        referral: { source_type: 'ad', ctwa_clid: 'C' },
        group_id: 'G1',
        errors: [{ code: 131_051, title: 'Unknown', error_data: { details: 'Not supported.' } }],
        identity: { hash: 'h' },
      }),
    );
    expect(update).toMatchObject({
      message: {
        context: {
          externalId: 'wamid.OUT1',
          from: '+15551230000',
          frequentlyForwarded: true,
          referredProduct: { catalog_id: '7' },
        },
        referral: { source_type: 'ad', ctwa_clid: 'C' },
        groupId: 'G1',
        problems: [{ code: '131051', title: 'Unknown', details: 'Not supported.' }],
        more: { identity: { hash: 'h' }, context: { odd: 1 } },
      },
    });
  });

  it.each([
    ['1764000000', '2025-11-24T16:00:00.000Z'],
    [1_764_000_000, '2025-11-24T16:00:00.000Z'],
    ['1764000000123', '2025-11-24T16:00:00.123Z'],
    [undefined, '2025-11-24T16:00:09.000Z'],
    ['yesterday', '2025-11-24T16:00:09.000Z'],
    ['99999999999999999', '2025-11-24T16:00:09.000Z'],
    [-5, '2025-11-24T16:00:09.000Z'],
  ])('sent at %j', (timestamp, sentAt) => {
    const [update] = parse(messageEntry({ timestamp, type: 'text', text: { body: 'hi' } }));
    expect(update).toMatchObject({ message: { sentAt } });
  });

  it('without an id or a sender are kept as unrecognised, with all they hold', () => {
    expect(parse(messageEntry({ id: undefined, type: 'text' }))).toMatchObject([
      { kind: 'unrecognised', data: { type: 'text' } },
    ]);
    expect(parse(messagesEntry({ messages: [{ id: 'wamid.IN1', type: 'text' }] }))).toMatchObject([
      { kind: 'unrecognised', address: phoneNumberId, data: { id: 'wamid.IN1' } },
    ]);
  });
});

describe('whatsapp-cloud: statuses', () => {
  it.each(['sent', 'delivered', 'read', 'played'])('%s', (status) => {
    expect(parse(statusEntry({ status, recipient_id: undefined }))).toEqual([
      {
        kind: 'status',
        address: phoneNumberId,
        externalId: 'wamid.OUT1',
        messageId: null,
        status,
        atMs: 1_764_000_001_000,
      },
    ]);
  });

  it('carry our own id, and keep the callback data of others', () => {
    const ours = 'msg_demo_01JD8T0Z5R4YV3W2X1Q0P9N8M7';
    const [known] = parse(statusEntry({ biz_opaque_callback_data: ours }));
    expect(known).toMatchObject({ messageId: ours, more: { recipient_id: '15550001111' } });
    expect(known).not.toHaveProperty('more.biz_opaque_callback_data');
    expect(parse(statusEntry({ biz_opaque_callback_data: 'some data' }))).toMatchObject([
      { messageId: null, more: { biz_opaque_callback_data: 'some data' } },
    ]);
  });

  it('keep price and conversation', () => {
    const pricing = { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' };
    const conversation = { id: 'c1', origin: { type: 'utility' } };
    expect(parse(statusEntry({ pricing, conversation }))).toMatchObject([{ pricing, more: { conversation } }]);
  });

  it('failed say why, by the table', () => {
    const errors = [
      {
        code: 131_026,
        title: 'Message undeliverable',
        message: 'Message undeliverable',
        error_data: { details: 'To 15550001111.' },
      },
    ];
    expect(parse(statusEntry({ status: 'failed', errors }))).toMatchObject([
      {
        status: 'failed',
        failure: {
          kind: 'failed',
          code: 'recipient_unreachable',
          problem: { code: '131026', title: 'Message undeliverable', details: 'To ….' },
        },
      },
    ]);
    expect(parse(statusEntry({ status: 'failed' }))).toMatchObject([{ failure: { code: 'rejected' } }]);
  });

  it('that are none of ours are news', () => {
    expect(parse(statusEntry({ status: 'deleted' }))).toMatchObject([
      { kind: 'news', address: phoneNumberId, topic: 'status.deleted', data: { id: 'wamid.OUT1' } },
    ]);
    expect(parse(statusEntry({ status: 'warning' }))).toMatchObject([{ kind: 'news', topic: 'status.warning' }]);
    expect(parse(statusEntry({ status: 7 }))).toMatchObject([{ kind: 'unrecognised' }]);
  });
});

describe('whatsapp-cloud: news, and what is not known', () => {
  it.each([
    'message_template_status_update',
    'message_template_quality_update',
    'message_template_components_update',
    'template_category_update',
    'phone_number_quality_update',
    'phone_number_name_update',
    'business_capability_update',
    'account_update',
    'account_alerts',
    'user_preferences',
    'smb_message_echoes',
    'history',
    'smb_app_state_sync',
    'calls',
    'security',
    'business_username_update',
    'group_lifecycle_update',
    'field_of_tomorrow',
  ])('%s is news of the account', (topic) => {
    expect(parse(entry(topic, { event: 'X' }))).toEqual([
      { kind: 'news', address: wabaId, topic, atMs: 1_764_000_000_000, data: { event: 'X' } },
    ]);
  });

  it('is addressed to the number where it names one', () => {
    const value = { metadata: { phone_number_id: phoneNumberId }, message_echoes: [{ id: 'wamid.E' }] };
    expect(parse(entry('smb_message_echoes', value))).toMatchObject([{ address: phoneNumberId, data: value }]);
  });

  it('tells errors beside messages and statuses', () => {
    const value = {
      messages: [{ from: '15550001111', id: 'wamid.IN1', timestamp: '1764000000', type: 'interactive', context }],
      statuses: [{ id: 'wamid.OUT1', status: 'read', timestamp: '1764000001' }],
      errors: [{ code: 131_000, title: 'Something went wrong' }],
    };
    const updates = parse(messagesEntry(value));
    expect(updates.map(({ kind }) => kind)).toEqual(['message', 'status', 'news']);
    expect(updates[2]).toEqual({
      kind: 'news',
      address: phoneNumberId,
      topic: 'errors',
      data: { code: 131_000, title: 'Something went wrong' },
    });
  });

  it.each([
    ['contacts alone', envelope([messagesEntry({ contacts: [{ wa_id: '15550001111' }] })])],
    ['another object', { object: 'page', entry: [{ id: '1', changes: [] }] }],
    ['another object without entries', { object: 'page' }],
    ['no changes', envelope([{ id: wabaId, changes: [] }])],
    ['Messenger’s form', envelope([{ id: wabaId, messaging: [{ text: 'hi' }] }])],
    ['a change without a value', envelope([{ id: wabaId, changes: [{ field: 'messages' }] }])],
    [
      'a message for nobody',
      envelope([{ changes: [{ field: 'messages', value: { messages: [{ id: 'a', from: '1' }] } }] }]),
    ],
  ])('keeps %s, and says why', (_, body) => {
    const updates = parseBody(body);
    expect(updates.map(({ kind }) => kind)).toEqual(['unrecognised']);
    expect(JSON.stringify(updates)).not.toContain('"why":""');
  });

  it('keeps what stands beside what it knows', () => {
    const updates = parse(messagesEntry({ statuses: [{ id: 'wamid.OUT1', status: 'read' }], polls: [{ id: 'p1' }] }));
    expect(updates.map(({ kind }) => kind)).toEqual(['status', 'unrecognised']);
    expect(updates[1]).toMatchObject({ address: phoneNumberId, data: { polls: [{ id: 'p1' }] } });
  });

  it('has nothing to say about no entries', () => {
    expect(parse()).toEqual([]);
  });

  it('loses nothing of messages and statuses', () => {
    const items = contents.map(([type, object]) => ({
      from: '15550001111',
      id: 'wamid.IN1',
      timestamp: '1764000000',
      type,
      [type]: object,
    }));
    const statuses = ['sent', 'failed', 'deleted'].map((status) => ({
      id: 'wamid.OUT1',
      status,
      recipient_id: 'R-1',
      recipient_user_id: 'US.1234567',
      conversation: { id: 'c1', expiration_timestamp: 'E-1' },
      pricing: { category: 'P-1' },
      errors: [
        { code: 1, title: 'T-1' },
        { code: 2, title: 'T-2' },
      ],
    }));
    for (const item of [
      ...items.map((message) => ({ messages: [message] })),
      ...statuses.map((status) => ({ statuses: [status] })),
    ]) {
      const told = JSON.stringify(parse(messagesEntry(item)));
      // The time is told in another form.
      const lost = leavesOf(item).filter(
        (leaf) => leaf !== '1764000000' && !told.includes(JSON.stringify(leaf).slice(1, -1)),
      );
      expect(lost).toEqual([]);
    }
  });
});
