import { describe, expect, it } from '@jest/globals';
import { channelWith, settingsWith } from './fixtures/connected-channel.ts';
import { readSettings } from '@posthorn/provider';
import { settingsSchema } from './settings.ts';

const pointersOf = (settings: unknown) => {
  const read = readSettings(settingsSchema, settings);
  return read.kind === 'invalid' ? read.faults.map(({ pointer }) => pointer) : [];
};

describe('twilio: settings', () => {
  it('pace a sender of one’s own at 80 a second', () => {
    expect(channelWith().pace).toEqual({ channelPerSecond: 80, conversation: { everyMs: 6_000, burst: 45 } });
  });

  it('pace the sandbox’s number at one message per 3 seconds, unless told otherwise', () => {
    expect(channelWith({ environment: 'sandbox' }).pace.channelPerSecond).toBeCloseTo(1 / 3);
    expect(channelWith({ environment: 'sandbox', pacePerSecond: 2 }).pace.channelPerSecond).toBe(2);
  });

  it('name the channel by its sender, however it is written, and share limits by account', () => {
    for (const from of ['+15552223333', 'whatsapp:+15552223333']) {
      expect(channelWith({ from })).toMatchObject({
        addresses: ['+15552223333'],
        account: 'AC00000000000000000000000000000001',
        tokens: null,
      });
    }
  });

  it('take one auth token or several, not both and not none; an API key whole or not at all', () => {
    expect(pointersOf(settingsWith({ authToken: undefined, authTokens: ['now', 'before'] }))).toEqual([]);
    expect(pointersOf(settingsWith({ authTokens: ['now'] }))).toEqual(['/authTokens']);
    expect(pointersOf(settingsWith({ authToken: undefined }))).toEqual(['/authTokens']);
    expect(pointersOf(settingsWith({ apiKeySid: 'SK00000000000000000000000000000001' }))).toEqual(['/apiKeySecret']);
    expect(pointersOf(settingsWith({ apiKeySecret: 'x' }))).toEqual(['/apiKeySecret']);
  });

  it.each([
    ['accountSid', 'AC1'],
    ['accountSid', 'AC00000000000000000000000000000001/../x'],
    ['authToken', ''],
    ['authToken', 'two words'],
    ['authToken', 'a:b'],
    ['from', '15552223333'],
    ['from', '+1 555 222 3333'],
    ['from', 'sms:+15552223333'],
    ['messagingServiceSid', 'SM00000000000000000000000000000001'],
    ['publicUrl', 'hooks.example.test'],
    ['publicUrl', 'https://hooks_1.example.test'],
    ['publicUrl', 'https://hooks.example.test?x=1'],
    ['callbackOverrides', 'rc=3#'],
    ['environment', 'test'],
    ['pacePerSecond', 0],
    ['pacePerSecond', 1_001],
    ['defaultCountryCode', '39x'],
    ['defaultCountryCode', '+0'],
    ['templates', ['HX']],
    ['contents', { 'buttons-4': 'HX00000000000000000000000000000001' }],
    ['baseUrl', 'ftp://api.twilio.com'],
  ])('refuse %s of %j', (name, value) => {
    const pointers = pointersOf(settingsWith({ [name]: value }));
    expect(pointers.length).toBeGreaterThan(0);
    for (const pointer of pointers) expect(pointer.startsWith(`/${name}`)).toBe(true);
  });

  it('point to a template whose SID is none', () => {
    expect(pointersOf(settingsWith({ templates: { order_update: 'HX1' } }))).toEqual(['/templates/order_update']);
    expect(pointersOf(settingsWith({ contents: { 'buttons-1': 'HX1' } }))).toEqual(['/contents/buttons-1']);
  });
});

describe('twilio: recipients as the older system wrote them', () => {
  const italian = channelWith({ defaultCountryCode: '+39' });
  it.each([
    ['+393331234567', '+393331234567'],
    ['3331234567', '+393331234567'],
    ['0612345678', '+390612345678'],
    ['333 123-45.67', '+393331234567'],
    ['00441234567890', '+441234567890'],
    ['whatsapp:+15550001111', '+15550001111'],
    ['whatsapp:3331234567', '+393331234567'],
    ['US.13491208655302741918', 'US.13491208655302741918'],
    ['hello', null],
    ['', null],
    ['12345678901234567890', null],
  ])('%j is read as %j', (given, expected) => {
    expect(italian.toRecipient?.(given)).toBe(expected);
  });

  it('without a default country code, a number without one is none', () => {
    expect(channelWith().toRecipient?.('3331234567')).toBeNull();
    expect(channelWith().toRecipient?.('+15550001111')).toBe('+15550001111');
  });
});
