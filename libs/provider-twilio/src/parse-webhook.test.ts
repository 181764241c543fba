import { describe, expect, it } from '@jest/globals';
import { inboundMessageSchema } from '@posthorn/message';
import * as fc from 'fast-check';
import { callback, form, inbound } from './fixtures/webhooks.ts';
import { nowMs } from './fixtures/error-rows.ts';
import { parseWebhook } from './parse-webhook.ts';
import { twilio } from './twilio.ts';

const messageId = 'msg_ch-1_01JD8T0Z5R4YV3W2X1Q0P9N8M7';
const parse = (fields: Readonly<Record<string, string>>, query: Readonly<Record<string, string>> = {}) =>
  parseWebhook({ url: '', body: form(fields), headers: {}, query }, nowMs)[0];
const contentOf = (fields: Readonly<Record<string, string>>) => {
  const update = parse({ ...inbound, ...fields });
  return update?.kind === 'message' ? update.message.content : update;
};

describe('twilio: status callbacks', () => {
  it('bring our own id back from their address, and keep every field of the older system', () => {
    expect(parse(callback, { m: messageId })).toEqual({
      kind: 'status',
      address: '+15552223333',
      externalId: 'SM00000000000000000000000000000001',
      messageId,
      status: 'delivered',
      atMs: nowMs,
      more: callback,
    });
  });

  it('without an id of ours are matched by MessageSid alone', () => {
    for (const m of ['', 'x', 'msg_1']) {
      expect(parse(callback, { m })).toMatchObject({ kind: 'status', messageId: null });
    }
  });

  it.each([
    ['accepted', 'submitted'],
    ['scheduled', 'submitted'],
    ['queued', 'submitted'],
    ['sending', 'submitted'],
    ['sent', 'sent'],
    ['delivered', 'delivered'],
    ['read', 'read'],
  ])('%s is %s', (word, status) => {
    expect(parse({ ...callback, MessageStatus: word })).toMatchObject({ kind: 'status', status });
  });

  it.each(['failed', 'undelivered', 'canceled'])('%s is a failure, explained by its code', (word) => {
    const fields = { ...callback, MessageStatus: word, ErrorCode: '63016', ErrorMessage: 'Outside to +15550001111' };
    expect(parse(fields)).toMatchObject({
      status: 'failed',
      failure: { kind: 'failed', code: 'window_closed', problem: { code: '63016', title: 'Outside to …' } },
    });
    expect(parse({ ...callback, MessageStatus: word })).toMatchObject({ failure: { code: 'rejected' } });
  });

  it('are read by SmsStatus where MessageStatus is missing', () => {
    const { MessageStatus: _, MessageSid: __, ...fields } = callback;
    expect(parse({ ...fields, SmsStatus: 'read' })).toMatchObject({ kind: 'status', status: 'read' });
  });

  it('with a word of tomorrow are news', () => {
    expect(parse({ ...callback, MessageStatus: 'partially_delivered' })).toMatchObject({
      kind: 'news',
      topic: 'status.partially_delivered',
      address: '+15552223333',
    });
  });

  it('without an id are kept', () => {
    const { MessageSid: _, SmsSid: __, ...fields } = callback;
    expect(parse(fields)).toMatchObject({ kind: 'unrecognised', data: fields });
  });
});

describe('twilio: messages of people', () => {
  it('a text', () => {
    expect(parse(inbound)).toEqual({
      kind: 'message',
      address: '+15552223333',
      message: {
        externalId: 'SM00000000000000000000000000000002',
        from: '+15550001111',
        userId: undefined,
        profileName: 'Ann',
        sentAt: '2025-11-24T16:00:00.000Z',
        content: { type: 'text', text: 'Hello' },
        context: undefined,
        referral: undefined,
        more: {
          AccountSid: inbound.AccountSid,
          WaId: '15550001111',
          NumMedia: '0',
          NumSegments: '1',
          SmsStatus: 'received',
          ReferralNumMedia: '0',
          ApiVersion: '2010-04-01',
        },
      },
    });
  });

  it('a quick reply, quoting the message it answers', () => {
    const update = parse({
      ...inbound,
      ExternalUserId: 'whatsapp:US.13491208655302741918',
      Body: 'Yes',
      ButtonText: 'Yes',
      ButtonPayload: 'yes',
      MessageType: 'interactive',
      Forwarded: 'false',
      FrequentlyForwarded: 'false',
      OriginalRepliedMessageSid: 'MM00000000000000000000000000000003',
      OriginalRepliedMessageSender: 'whatsapp:+15552223333',
    });
    expect(update).toMatchObject({
      kind: 'message',
      message: {
        userId: 'US.13491208655302741918',
        content: { type: 'interactive', text: 'Yes', data: { ButtonText: 'Yes', ButtonPayload: 'yes' } },
        context: { externalId: 'MM00000000000000000000000000000003', from: '+15552223333', forwarded: false },
      },
    });
  });

  const mediaUrl = 'https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1';
  it.each([
    ['image/jpeg', 'image'],
    ['video/mp4', 'video'],
    ['audio/ogg', 'audio'],
    ['application/pdf', 'document'],
    ['text/vcard', 'contacts'],
  ])('a file of %s is of type %s, where Twilio does not say', (mimeType, type) => {
    const { MessageType: _, ...fields } = inbound;
    const update = parse({ ...fields, NumMedia: '1', MediaUrl0: mediaUrl, MediaContentType0: mimeType, Body: 'Look' });
    expect(update).toMatchObject({
      message: { content: { type, media: { id: 'ME1', url: mediaUrl, mimeType, caption: 'Look' } } },
    });
  });

  it('a second file is kept under its own name', () => {
    const update = parse({ ...inbound, NumMedia: '2', MediaUrl0: mediaUrl, MediaUrl1: `${mediaUrl}2` });
    expect(update).toMatchObject({ message: { more: { MediaUrl1: `${mediaUrl}2` } } });
  });

  it('a place', () => {
    const place = { Latitude: '52.52', Longitude: '13.4', Label: 'Depot', Address: '1 Street' };
    expect(contentOf({ ...place, MessageType: 'location', Body: '' })).toEqual({
      type: 'location',
      data: { latitude: 52.52, longitude: 13.4, name: 'Depot', address: '1 Street' },
    });
    expect(contentOf({ Latitude: '', Longitude: '' })).toEqual({ type: 'text', text: 'Hello' });
  });

  it('a list choice, and a type of tomorrow', () => {
    const choice = { ListId: 'a', ListTitle: 'Morning', MessageType: 'interactive' };
    expect(contentOf(choice)).toEqual({
      type: 'interactive',
      text: 'Morning',
      data: { ListId: 'a', ListTitle: 'Morning' },
    });
    expect(contentOf({ MessageType: 'hologram', Body: '' })).toEqual({ type: 'hologram' });
  });

  it('from an advertisement, and forwarded', () => {
    const update = parse({ ...inbound, ReferralSourceId: '7', ReferralBody: 'Buy', Forwarded: 'true' });
    expect(update).toMatchObject({
      message: { referral: { ReferralSourceId: '7', ReferralBody: 'Buy' }, context: { forwarded: true } },
    });
  });

  it('from someone without a number', () => {
    expect(parse({ ...inbound, From: 'whatsapp:US.ENT.123456' })).toMatchObject({ message: { from: 'US.ENT.123456' } });
  });

  it('without an id are kept', () => {
    expect(parse({ Body: 'x', From: 'whatsapp:+15550001111' })).toMatchObject({ kind: 'unrecognised' });
  });
});

describe('twilio: other calls', () => {
  it('reads JSON as it reads forms, and lists of it one by one', () => {
    const body = Buffer.from(JSON.stringify([callback, { ...inbound, NumMedia: 0 }, null]));
    const call = { url: '', body, headers: { 'content-type': 'application/json' }, query: {} };
    expect(parseWebhook(call, nowMs).map(({ kind }) => kind)).toEqual(['status', 'message', 'unrecognised']);
  });

  it('keeps what the debugger tells as news', () => {
    const fields = { Sid: 'NO1', AccountSid: 'AC1', Level: 'ERROR', PayloadType: 'application/json', Payload: '{}' };
    expect(parse(fields)).toEqual({ kind: 'news', address: null, topic: 'debugger.error', data: fields });
  });

  it('keeps a name that comes twice', () => {
    expect(parseWebhook({ url: '', body: Buffer.from('a=1&a=2'), headers: {}, query: {} }, nowMs)).toMatchObject([
      { kind: 'unrecognised', data: { a: '1', 'a#2': '2' } },
    ]);
  });

  it('never throws over forms of any kind, and loses none', () => {
    const storedSchema = inboundMessageSchema.omit({ id: true, channelId: true, receivedAt: true });
    const name = fc.oneof(
      fc.constantFrom(...Object.keys(inbound), ...Object.keys(callback), 'Latitude', 'MediaUrl0'),
      fc.string(),
    );
    const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('received', 'sent', 'failed', 'text'));
    fc.assert(
      fc.property(fc.dictionary(name, value), fc.boolean(), (fields, asJson) => {
        const body = asJson ? Buffer.from(JSON.stringify(fields)) : form(fields);
        const updates = parseWebhook({ url: '', body, headers: {}, query: { m: 'x' } }, nowMs);
        expect(updates).toHaveLength(1);
        const [update] = updates;
        if (update?.kind === 'message') expect(storedSchema.safeParse(update.message).error).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('twilio: the addresses of the older system', () => {
  it.each([
    [
      '/:context/whatsapp/:appId/:companyId',
      { appId: '7', companyId: '9' },
      { labels: { appId: '7', companyId: '9' } },
    ],
    [
      '/:context/whatsapp/callback/:appId/:companyId',
      { appId: '7', companyId: 'NODEFINED' },
      { labels: { appId: '7', companyId: 'NODEFINED' } },
    ],
  ])('%s', (path, params, expected) => {
    const alias = twilio.webhookAliases.find((one) => one.path === path);
    expect(alias?.channel({ context: 'old', ...params }, {})).toEqual(expected);
    expect(alias?.channel({ context: 'old', appId: '7' }, {})).toBeNull();
  });
});
