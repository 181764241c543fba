import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { channelIdSchema, recipientSchema, toMessageId, type Content } from '@posthorn/message';
import { twilio } from '@posthorn/provider-twilio';
import type { WebhookUpdate } from '@posthorn/provider';
import { startDouble, type Double } from '@posthorn/provider/testing';
import { createHttp, systemClock } from '@posthorn/runtime';

const id = toMessageId(channelIdSchema.parse('ch-1'), '01JD8T0Z5R4YV3W2X1Q0P9N8M7');
const sender = '+15552223333';
const person = '+15550001111';
const url = 'https://files.example.test/a';
const contentSid = (digits: number) => `HX${String(digits).padStart(32, '0')}`;
const contents = {
  'buttons-2': contentSid(2),
  'list-1': contentSid(3),
  'described-list-1': contentSid(4),
  'cta-url': contentSid(5),
};
const account = {
  sender,
  accountSid: 'AC00000000000000000000000000000001',
  authToken: 'auth-token-0001',
  contents: {
    [contentSid(1)]: { variables: 2 },
    [contentSid(2)]: { variables: 5 },
    [contentSid(3)]: { variables: 4 },
    [contentSid(4)]: { variables: 5 },
    [contentSid(5)]: { variables: 3 },
  },
};

const row = { id: 'a', title: 'Morning' };
const messages: readonly [string, Content][] = [
  ['text', { type: 'text', body: 'Zoë 👍 & co.' }],
  ['image', { type: 'image', url, caption: 'Look' }],
  ['video', { type: 'video', url }],
  ['audio', { type: 'audio', url }],
  ['document', { type: 'document', url, caption: 'Invoice' }],
  ['sticker', { type: 'sticker', url }],
  ['location', { type: 'location', latitude: 52.52, longitude: 13.405, name: 'Depot', address: '1 Street' }],
  [
    'template',
    {
      type: 'template',
      name: 'order_update',
      language: 'en',
      components: [
        {
          type: 'body',
          parameters: [
            { type: 'text', text: 'Ann' },
            { type: 'text', text: '7' },
          ],
        },
      ],
    },
  ],
  [
    'buttons',
    {
      type: 'interactive',
      kind: 'buttons',
      body: 'Sure?',
      buttons: [
        { id: 'yes', title: 'Yes' },
        { id: 'no', title: 'No' },
      ],
    },
  ],
  ['list', { type: 'interactive', kind: 'list', body: 'When?', button: 'Times', sections: [{ rows: [row] }] }],
  [
    'list with descriptions',
    {
      type: 'interactive',
      kind: 'list',
      body: 'When?',
      button: 'Times',
      sections: [{ rows: [{ ...row, description: '8 to 10' }] }],
    },
  ],
  ['link', { type: 'interactive', kind: 'cta_url', body: 'Follow it', displayText: 'Track', url }],
];

describe('twilio: the adapter and the sandbox', () => {
  let double: Double;
  let client: ReturnType<typeof createHttp>;
  beforeAll(async () => {
    double = await startDouble({ main: new URL('../../sandbox/src/main.ts', import.meta.url) });
  });
  afterAll(async () => await double.close());
  beforeEach(async () => {
    await double.reset();
    await double.control('PUT', `/twilio/accounts/${encodeURIComponent(sender)}`, {
      ...account,
      webhookUrl: `${double.ourUrl()}/webhooks/twilio/ch-1#rc=3&rp=all`,
    });
    client = createHttp({ timeoutMs: 2_000 });
  });
  afterEach(async () => await client.close());

  function connect(more: Readonly<Record<string, unknown>> = {}) {
    const { accountSid, authToken } = account;
    const templates = { order_update: contentSid(1) };
    const settings = {
      accountSid,
      authToken,
      from: sender,
      publicUrl: double.ourUrl(),
      baseUrl: double.url,
      templates,
      contents,
      ...more,
    };
    const channel = twilio.connect(settings);
    if (channel.kind === 'invalid') throw new Error(JSON.stringify(channel.faults));
    return { channel, settings };
  }

  async function send(content: Content, more: Readonly<Record<string, unknown>> = {}) {
    const { channel } = connect(more);
    const message = { id, to: recipientSchema.parse(person), content, replyTo: null, reactionTo: null };
    return twilio.toOutcome(await client.http(channel.toRequest(message, null)), systemClock.now());
  }

  async function updatesUntil(
    enough: (updates: readonly WebhookUpdate[]) => boolean,
  ): Promise<readonly WebhookUpdate[]> {
    const { channel } = connect();
    // As behind a proxy: another host and scheme than the one Twilio called.
    const proxied = (called: string): string => called.replace(double.ourUrl(), 'http://ingress.internal:8080');
    return await double.updatesUntil((call) => {
      const seen = { ...call, url: proxied(call.url) };
      expect(channel.verifies(seen)).toBe(true);
      return twilio.parse(seen, 0);
    }, enough);
  }
  const statusesOf = (updates: readonly WebhookUpdate[]) =>
    updates.map((update) => (update.kind === 'status' ? update.status : update.kind));

  it.each(messages)('%s: sent, delivered and read', async (_, content) => {
    expect(twilio.check(content, connect().settings)).toEqual([]);
    const outcome = await send(content);
    expect(outcome).toMatchObject({ kind: 'accepted' });
    const updates = await updatesUntil((told) => statusesOf(told).includes('read'));
    expect(statusesOf(updates)).toEqual(['submitted', 'sent', 'delivered', 'read']);
    for (const update of updates) {
      expect(update).toMatchObject({
        address: sender,
        messageId: id,
        externalId: outcome.kind === 'accepted' ? outcome.externalId : '',
      });
    }
  });

  it('an answer that is lost is known again by our id', async () => {
    await double.control('POST', '/faults', { times: 1, action: { kind: 'close', taken: true } });
    expect(await send({ type: 'text', body: 'Hello' })).toMatchObject({ code: 'no_answer', mayBeOut: true });
    const [first] = await updatesUntil((updates) => updates.length > 0);
    expect(first).toMatchObject({ kind: 'status', messageId: id, status: 'submitted' });
  });

  it('a late failure is understood', async () => {
    await double.control('POST', '/faults', { action: { kind: 'fail_later', code: 63016 } });
    await send({ type: 'text', body: 'Hello' });
    const updates = await updatesUntil((told) => statusesOf(told).includes('failed'));
    expect(updates.at(-1)).toMatchObject({ failure: { code: 'window_closed' } });
  });

  it('wrong credentials pause the account', async () => {
    expect(await send({ type: 'text', body: 'Hello' }, { authToken: 'wrong' })).toMatchObject({
      code: 'credentials_refused',
      scope: 'account',
    });
  });

  it.each([
    [20429, 'throttled'],
    [20500, 'provider_failed'],
    [20503, 'provider_unavailable'],
    [21610, 'recipient_opted_out'],
    [63038, 'throttled'],
  ])('error %i is %s', async (code, expected) => {
    await double.control('POST', '/faults', { action: { kind: 'error', code } });
    expect(await send({ type: 'text', body: 'Hello' })).toMatchObject({ kind: 'failed', code: expected });
  });

  it('what people write is understood, as a form and as JSON', async () => {
    await double.control('POST', '/twilio/inbound', { to: sender, from: person, text: 'Zoë 👍 & co.' });
    const [message] = await updatesUntil((updates) => updates.length > 0);
    expect(message).toMatchObject({
      kind: 'message',
      address: sender,
      message: { from: person, content: { type: 'text', text: 'Zoë 👍 & co.' } },
    });
    const json = {
      MessageSid: 'SM1',
      From: `whatsapp:${person}`,
      To: `whatsapp:${sender}`,
      Body: 'Hi',
      SmsStatus: 'received',
    };
    await double.control('POST', '/twilio/webhook', { sender, body: json });
    const updates = await updatesUntil((told) => told.length > 1);
    expect(updates[1]).toMatchObject({ kind: 'message', message: { externalId: 'SM1' } });
  });
});
