import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { channelIdSchema, externalIdSchema, recipientSchema, toMessageId, type Content } from '@posthorn/message';
import type { OutgoingMessage, WebhookUpdate } from '@posthorn/provider';
import { infobip } from '@posthorn/provider-infobip';
import { startDouble, type Double } from '@posthorn/provider/testing';
import { createHttp, systemClock } from '@posthorn/runtime';

const id = toMessageId(channelIdSchema.parse('ch-1'), '01JD8T0Z5R4YV3W2X1Q0P9N8M7');
const sender = '441134960000';
const person = '+15550001111';
const url = 'https://files.example.test/a';
const user = { username: 'ann', password: 'pa:ss & word' };
const auth = { type: 'api_key', apiKey: 'test-key-0001' };
const scenarioKey = 'AAAA0000BBBB1111CCCC2222DDDD3333';
const hmac = { secret: 'hmac-secret-now', header: 'x-infobip-signature' };
const keys = ['key-of-the-address-now'];

const text: Content = { type: 'text', body: 'Zoë 👍' };
const image = { type: 'image', url } as const;
const interactive = { type: 'interactive', body: 'Which?' } as const;
const rows = [{ id: 'a', title: 'Morning', description: '8 to 10' }];
const contact = {
  name: { formattedName: 'Ann Bell', firstName: 'Ann', prefix: 'Dr' },
  phones: [{ phone: '+15550002222', type: 'cell', waId: '15550002222' }],
};

/** Both APIs take these. */
const plain: readonly [string, Content][] = [
  ['text', text],
  ['image', { ...image, caption: 'Look' }],
  ['video', { type: 'video', url }],
  ['audio', { type: 'audio', url }],
  ['document', { type: 'document', url, filename: 'a.pdf', caption: 'Invoice' }],
  ['location', { type: 'location', latitude: 52.52, longitude: 13.405, name: 'Depot', address: '1 Street' }],
  ['contacts', { type: 'contacts', contacts: [contact] }],
  ['a bare template', { type: 'template', name: 'hello', language: 'en' }],
  [
    'a template',
    {
      type: 'template',
      name: 'order_update',
      language: 'en_GB',
      components: [
        { type: 'header', parameters: [image] },
        { type: 'body', parameters: [{ type: 'text', text: 'Ann' }] },
        { type: 'button', kind: 'quick_reply', index: 0, payload: 'yes' },
        { type: 'button', kind: 'url', index: 1, text: '7' },
      ],
    },
  ],
];

const current: readonly [string, Content][] = [
  ...plain,
  ['sticker', { type: 'sticker', url }],
  ['a voice note', { type: 'audio', url, voice: true }],
  ['buttons', { ...interactive, kind: 'buttons', header: image, footer: 'F', buttons: [{ id: 'yes', title: 'Yes' }] }],
  ['a list', { ...interactive, kind: 'list', button: 'Times', sections: [{ rows }] }],
  ['a link', { ...interactive, kind: 'cta_url', displayText: 'Track', url }],
  ['a flow', { ...interactive, kind: 'flow', flowId: '1', flowToken: 't', callToAction: 'Go', screen: 'A', data: {} }],
  ['a request of a location', { ...interactive, kind: 'location_request' }],
  ['a request of call permission', { type: 'interactive', kind: 'call_permission_request' }],
  ['a product', { ...interactive, kind: 'product', catalogId: 'c', productId: 'p' }],
  [
    'products',
    {
      ...interactive,
      kind: 'product_list',
      header: { type: 'text', text: 'H' },
      catalogId: 'c',
      sections: [{ title: 'Fruit', productIds: ['p'] }],
    },
  ],
  ['order details', { ...interactive, kind: 'order_details', action: { payment: {} } }],
  ['an order’s status', { ...interactive, kind: 'order_status', action: { order: {} } }],
  ['a carousel', { ...interactive, kind: 'carousel', action: { cards: [] } }],
  [
    'a template with an offer and a card',
    {
      type: 'template',
      name: 'offer',
      language: 'en',
      components: [
        { type: 'limited_time_offer', expiresAt: '2030-01-31T12:00:00Z' },
        { type: 'button', kind: 'copy_code', index: 0, code: 'SAVE15' },
        { type: 'button', kind: 'flow', index: 1, flowToken: 't', data: { a: 1 } },
        { type: 'button', kind: 'catalog', index: 2, action: { thumbnailProductRetailerId: 'p' } },
        { type: 'button', kind: 'order_details', index: 3, action: { order: {} } },
        {
          type: 'carousel',
          cards: [{ components: [{ type: 'header', parameters: [{ type: 'video', url }] }] }],
        },
      ],
    },
  ],
];

describe('infobip: the adapter and the sandbox', () => {
  let double: Double;
  let client: ReturnType<typeof createHttp>;
  let asked: string[];
  beforeAll(async () => {
    double = await startDouble({
      main: new URL('../../sandbox/src/main.ts', import.meta.url),
      serve: (method, { pathname }, response) => {
        if (!pathname.startsWith('/m/')) return false;
        asked.push(`${method} ${pathname}`);
        const status = pathname === '/m/gone' ? 404 : 200;
        response.writeHead(status, { 'content-type': 'image/jpeg', 'content-length': '4' }).end('jpeg');
        return true;
      },
    });
  });
  afterAll(async () => await double.close());
  beforeEach(async () => {
    asked = [];
    await double.reset();
    await setUp();
    client = createHttp({ timeoutMs: 2_000 });
  });
  afterEach(async () => await client.close());

  const fault = async (action: unknown, more: object = {}) =>
    await double.control('POST', '/faults', { action, ...more });

  /** The sender, and its subscription, whose calls are signed. */
  async function setUp(more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const webhook = { url: `${double.ourUrl()}/webhooks/infobip/ch-1`, hmac };
    const { apiKey } = auth;
    await double.control('PUT', `/infobip/accounts/${sender}`, { apiKey, user, scenarioKey, webhook, ...more });
  }

  function connect(more: Readonly<Record<string, unknown>> = {}) {
    const webhook = { keys, hmac: { secrets: [hmac.secret, 'hmac-secret-before'] } };
    const settings = { sender, baseUrl: double.url, auth, webhook, ...more };
    const channel = infobip.connect(settings);
    if (channel.kind === 'invalid') throw new Error(JSON.stringify(channel.faults));
    return { channel, settings };
  }

  async function send(
    content: Content,
    settings: Readonly<Record<string, unknown>> = {},
    more: Partial<OutgoingMessage> = {},
    token: string | null = null,
  ) {
    const { channel } = connect(settings);
    const to = recipientSchema.parse(person);
    const message = { id, to, content, replyTo: null, reactionTo: null, ...more };
    return infobip.toOutcome(await client.http(channel.toRequest(message, token)), systemClock.now());
  }

  async function updatesUntil(
    enough: (updates: readonly WebhookUpdate[]) => boolean,
  ): Promise<readonly WebhookUpdate[]> {
    const { channel } = connect();
    return await double.updatesUntil((call) => {
      expect(channel.verifies(call)).toBe(true);
      return infobip.parse(call, 0);
    }, enough);
  }
  const statusesOf = (updates: readonly WebhookUpdate[]) =>
    updates.map((update) => (update.kind === 'status' ? update.status : update.kind));
  const untilStatus = async (status: 'read' | 'failed') =>
    await updatesUntil((told) => statusesOf(told).includes(status));
  /** Receipts go apart from reports, so they may overtake them. */
  async function untilAll(...statuses: readonly string[]): Promise<readonly WebhookUpdate[]> {
    const updates = await updatesUntil((told) => told.length >= statuses.length);
    expect(statusesOf(updates).toSorted()).toEqual(statuses.toSorted());
    return updates;
  }

  it.each(current)('%s: sent, delivered and read', async (_, content) => {
    expect(infobip.check(content, connect().settings)).toEqual([]);
    expect(await send(content)).toEqual({ kind: 'accepted', externalId: id });
    const updates = await untilAll('sent', 'delivered', 'read');
    for (const update of updates) expect(update).toMatchObject({ address: null, messageId: id, externalId: id });
  });

  it.each(plain)('%s: by OMNI', async (_, content) => {
    const omni = { api: 'omni', scenarioKey };
    expect(infobip.check(content, connect(omni).settings)).toEqual([]);
    expect(await send(content, omni)).toEqual({ kind: 'accepted', externalId: id });
    const updates = await untilAll('delivered', 'read');
    for (const update of updates) expect(update).toMatchObject({ messageId: id, externalId: id });
  });

  it('goes to a person without a number, quoting, and without a scenario key', async () => {
    const to = recipientSchema.parse('US.13491208655302741918');
    const replyTo = externalIdSchema.parse('wamid.IN1');
    expect(await send(text, {}, { to, replyTo })).toMatchObject({ kind: 'accepted' });
    expect(await send(text, { api: 'omni' }, { to, spentIds: 1 })).toMatchObject({ kind: 'accepted' });
    expect(await send(text, { api: 'omni', scenarioKey: 'B'.repeat(32) })).toMatchObject({ code: 'request_invalid' });
  });

  it('is told to the address of the message, which proves itself by its key', async () => {
    const notifyUrl = `${double.ourUrl()}/webhooks/infobip/ch-1`;
    await send(text, { notifyUrl });
    await untilStatus('read');
    for (const { query, headers } of double.calls()) {
      expect(query).toEqual({ key: keys[0] });
      expect(headers).not.toHaveProperty(hmac.header);
    }
  });

  it.each([
    ['a cut connection', { kind: 'close', taken: true }, { code: 'no_answer', mayBeOut: true }],
    ['a 500', { kind: 'http', status: 500, taken: true }, { code: 'provider_unavailable', mayBeOut: true }],
    ['a 504', { kind: 'http', status: 504, taken: true }, { code: 'provider_unavailable', mayBeOut: true }],
    ['half an answer', { kind: 'malformed' }, { code: 'answer_unreadable', mayBeOut: true }],
  ])('a repeat after %s is one message', async (_, action, expected) => {
    await fault(action, { times: 1 });
    expect(await send(text)).toMatchObject(expected);
    expect(await send(text)).toMatchObject({ kind: 'accepted', externalId: id });
    await untilAll('sent', 'delivered', 'read');
  });

  it('a message whose answer was lost is found by our id, and one that was not taken is not', async () => {
    const lookUp = async () => {
      const to = recipientSchema.parse(person);
      const message = { id, to, content: text, replyTo: null, reactionTo: null };
      const call = connect().channel.lookUp?.({ message, calledAtMs: 0 }, null) ?? null;
      return call === null ? null : call.read(await client.http(call.request));
    };
    expect(await lookUp()).toEqual({ kind: 'hits', externalIds: [], certain: true });
    await fault({ kind: 'close', taken: true }, { times: 1 });
    await send(text);
    expect(await lookUp()).toEqual({ kind: 'hits', externalIds: [id], certain: true });
  });

  it('a try under another id, after the first was used up, is another one to Infobip, and ours all the same', async () => {
    await send(text);
    expect(await send(text, {}, { spentIds: 1 })).toEqual({ kind: 'accepted', externalId: `${id}.2` });
    const updates = await updatesUntil((told) => told.length === 6);
    expect(updates.every((update) => update.kind === 'status' && update.messageId === id)).toBe(true);
  });

  it.each([
    ['no credits left', { credits: 0 }, { code: 'payment_required', scope: 'account' }],
    ['a trial account', { allowList: ['15559999999'] }, { code: 'recipient_not_allowed', scope: 'recipient' }],
  ])('a 200 with a rejection is no success: %s', async (_, more, expected) => {
    await setUp(more);
    expect(await send(text)).toMatchObject({ kind: 'failed', ...expected });
  });

  it.each([
    [12, 'payment_required'],
    [20, 'recipient_throttled'],
    [21, 'provider_unavailable'],
    [400, 'request_invalid'],
    [403, 'permission_missing'],
    [429, 'throttled'],
    [500, 'provider_unavailable'],
  ])('error %i is %s', async (code, expected) => {
    await fault({ kind: 'error', code });
    expect(await send(text)).toMatchObject({ kind: 'failed', code: expected });
  });

  it.each([
    [7010, 'window_closed'],
    [7032, 'delivery_declined'],
    [15, 'recipient_unreachable'],
    [12, 'payment_required'],
  ])('late failure %i is %s', async (code, expected) => {
    await fault({ kind: 'fail_later', code });
    await send(text);
    expect((await untilStatus('failed')).at(-1)).toMatchObject({ failure: { code: expected } });
  });

  it('another sender than the account’s cannot send', async () => {
    expect(await send(text, { sender: '441134969999' })).toMatchObject({ code: 'sender_not_ready', scope: 'channel' });
  });

  it('wrong credentials pause the account', async () => {
    for (const wrong of [
      { type: 'api_key', apiKey: 'wrong' },
      { type: 'basic', ...user, password: 'wrong' },
    ]) {
      expect(await send(text, { auth: wrong })).toMatchObject({ code: 'credentials_refused', scope: 'account' });
    }
    expect(await send(text, { auth: { type: 'basic', username: 'bob', password: 'x' } })).toMatchObject({
      code: 'credentials_refused',
    });
  });

  it.each([
    { type: 'oauth', clientId: 'ann', clientSecret: 'pa:ss' },
    { type: 'ibsso', username: 'ann', password: 'pa:ss' },
  ])('gets a token ($type), sends with it, and is refused without', async (given) => {
    await setUp({ user: { username: 'ann', password: 'pa:ss' }, tokenLifeSeconds: 60 });
    const { tokens } = connect({ auth: given }).channel;
    if (tokens === null) throw new Error('expected a source of tokens, came none');
    const issued = tokens.toToken(await client.http(tokens.request));
    expect(issued).toMatchObject({ kind: 'issued', lifeMs: given.type === 'oauth' ? 60_000 : 3_600_000 });
    const token = issued.kind === 'issued' ? issued.token : '';
    expect(await send(text, { auth: given }, {}, token)).toMatchObject({ kind: 'accepted' });
    expect(await send(text, { auth: given }, {}, 'older')).toMatchObject({ code: 'credentials_refused' });

    await setUp({ user: { username: 'ann', password: 'changed' } });
    expect(tokens.toToken(await client.http(tokens.request))).toMatchObject({ kind: 'refused' });
    await fault({ kind: 'http', status: 503 }, { match: { operation: 'token' } });
    expect(tokens.toToken(await client.http(tokens.request))).toMatchObject({ kind: 'unavailable' });
  });

  it('fetches a file of ours with HEAD, then GET, and fails later where it cannot', async () => {
    await send({ type: 'image', url: `${double.ourUrl()}/m/1` });
    await untilStatus('read');
    expect(asked).toEqual(['HEAD /m/1', 'GET /m/1']);
    await send({ type: 'image', url: `${double.ourUrl()}/m/gone` }, {}, { spentIds: 1 });
    expect((await untilStatus('failed')).at(-1)).toMatchObject({ failure: { code: 'media_unavailable' } });
    expect(asked).toEqual(['HEAD /m/1', 'GET /m/1', 'HEAD /m/gone']);
  });

  it('what people write is understood', async () => {
    await double.control('POST', '/infobip/inbound', { sender, from: person.slice(1), name: 'Ann', text: 'Zoë 👍' });
    await double.control('POST', '/infobip/inbound', {
      sender,
      fromUserId: 'US.13491208655302741918',
      message: { type: 'VOICE' },
      media: { contentType: 'audio/ogg', base64: Buffer.from('ogg').toString('base64') },
    });
    const [written, spoken] = await updatesUntil((updates) => updates.length === 2);
    expect(written).toMatchObject({
      kind: 'message',
      address: sender,
      message: { from: person, profileName: 'Ann', content: { type: 'text', text: 'Zoë 👍' } },
    });
    expect(spoken).toMatchObject({
      message: { from: 'US.13491208655302741918', content: { type: 'audio', media: { voice: true } } },
    });
    const file = spoken?.kind === 'message' ? (spoken.message.content.media?.url ?? '') : '';
    const { headers = {} } = connect().channel.toRequest(
      { id, to: recipientSchema.parse(person), content: text, replyTo: null, reactionTo: null },
      null,
    );
    const authorization = headers['authorization'] ?? '';
    const head = await fetch(file, { method: 'HEAD', headers: { authorization } });
    expect([head.status, head.headers.get('content-type'), head.headers.get('content-length')]).toEqual([
      200,
      'audio/ogg',
      '3',
    ]);
    expect(await (await fetch(file, { headers: { authorization } })).text()).toBe('ogg');
    expect((await fetch(file)).status).toBe(401);
  });

  it('any webhook can be played, proven as the subscription says', async () => {
    await double.control('POST', '/infobip/webhook', { sender, body: { results: [{ a: 1 }] } });
    const [update] = await updatesUntil((updates) => updates.length > 0);
    expect(update).toMatchObject({ kind: 'unrecognised', data: { a: 1 } });
  });
});
