import { describe, expect, it } from '@jest/globals';
import { channelWith, settingsWith } from './fixtures/connected-channel.ts';
import { readSettings } from '@posthorn/provider';
import { settingsSchema } from './settings.ts';

const pointersOf = (settings: unknown) => {
  const read = readSettings(settingsSchema, settings);
  return read.kind === 'invalid' ? read.faults.map(({ pointer }) => pointer) : [];
};

describe('whatsapp-cloud: settings', () => {
  it('have the defaults of the documentation', () => {
    expect(readSettings(settingsSchema, settingsWith())).toMatchObject({
      kind: 'read',
      settings: { apiVersion: 'v25.0', baseUrl: 'https://graph.facebook.com', appSecretProof: true, pacePerSecond: 80 },
    });
  });

  it('name the number first and the account second as addresses, and share limits by account', () => {
    const { addresses, account, pace } = channelWith();
    expect(addresses).toEqual(['106540352242922', '102290129340398']);
    expect(account).toBe('102290129340398');
    expect(pace).toEqual({ channelPerSecond: 80, conversation: { everyMs: 6_000, burst: 45 } });
  });

  it('take one app secret or several, not both and not none', () => {
    expect(pointersOf(settingsWith({ appSecret: undefined, appSecrets: ['now', 'before'] }))).toEqual([]);
    expect(pointersOf(settingsWith({ appSecrets: ['now'] }))).toEqual(['/appSecrets']);
    expect(pointersOf(settingsWith({ appSecret: undefined }))).toEqual(['/appSecrets']);
    expect(pointersOf(settingsWith({ appSecret: undefined, appSecrets: [] }))).toEqual(['/appSecrets']);
    expect(pointersOf(settingsWith({ appSecret: undefined, appSecrets: ['now', ''] }))).toEqual(['/appSecrets/1']);
  });

  it.each([
    ['phoneNumberId', '+15550001111'],
    ['phoneNumberId', '1555 0001111'],
    ['phoneNumberId', '../me'],
    ['wabaId', 'a/b'],
    ['wabaId', ''],
    ['accessToken', 'two words'],
    ['accessToken', 'line\r\nx-injected: 1'],
    ['verifyToken', ''],
    ['apiVersion', '25'],
    ['apiVersion', 'v25.0/../v1.0'],
    ['baseUrl', 'graph.facebook.com'],
    ['baseUrl', 'ftp://graph.facebook.com'],
    ['baseUrl', 'https://user:pass@graph.facebook.com'],
    ['baseUrl', 'https://graph.facebook.com?x=1'],
    ['appSecretProof', 'yes'],
    ['pacePerSecond', 0],
    ['pacePerSecond', 1_001],
  ])('refuse %s of %j', (name, value) => {
    expect(pointersOf(settingsWith({ [name]: value }))).toEqual([`/${name}`]);
  });

  it('tell all faults at once', () => {
    expect(pointersOf({}).toSorted()).toEqual(['/accessToken', '/phoneNumberId', '/verifyToken', '/wabaId']);
  });

  it.each([undefined, null, 'x', 7, []])('refuse %j as a whole', (settings) => {
    expect(pointersOf(settings)).toEqual(['']);
  });
});
