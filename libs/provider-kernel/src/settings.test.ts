import { describe, expect, it } from '@jest/globals';
import { channelWith, settingsWith } from './fixtures/connected-channel.ts';
import { kernel } from './kernel.ts';
import { readOldChannel } from './read-old-channel.ts';
import { readSettings } from '@posthorn/provider';
import { settingsSchema } from './settings.ts';

const pointersOf = (settings: unknown) => {
  const read = readSettings(settingsSchema, settings);
  return read.kind === 'invalid' ? read.faults.map(({ pointer }) => pointer) : [];
};

describe('kernel: settings', () => {
  it('have the defaults of the old bridge', () => {
    expect(readSettings(settingsSchema, { clientId: 'c', clientSecret: 's' })).toEqual({
      kind: 'read',
      settings: {
        clientId: 'c',
        clientSecret: 's',
        version: 'v1',
        environment: 'global-int-current',
        apiKeys: [],
        retryHttp429: false,
        pacePerSecond: 10,
      },
    });
  });

  it('know v1 and v2 and nothing else', () => {
    for (const version of ['v1', 'v2']) expect(pointersOf(settingsWith({ version }))).toEqual([]);
    for (const version of ['v3', '1', 'V1', '', 2, null])
      expect(pointersOf(settingsWith({ version }))).toEqual(['/version']);
  });

  it.each([
    ['clientId', 'two words'],
    ['clientSecret', ''],
    ['environment', 'es-pro.example.test'],
    ['environment', 'ES'],
    ['apiKeys', ['a', 'b', 'c', 'd', 'e']],
    ['apiUrl', 'https://user:pass@api.example.test'],
    ['tokenUrl', 'https://auth.example.test/token?x=1'],
    ['messagesPath', '//evil.example.test'],
    ['purposes', 'line\nbreak'],
    ['retryHttp429', 'yes'],
    ['pacePerSecond', 0],
  ])('refuse %s of %j', (name, value) => {
    expect(pointersOf(settingsWith({ [name]: value }))).toEqual([`/${name}`]);
  });

  it('pace recipients at one message a second', () => {
    expect(channelWith({ pacePerSecond: 3 }).pace).toEqual({
      channelPerSecond: 3,
      conversation: { everyMs: 1_000, burst: 1 },
    });
  });
});

describe('kernel: channels of the old bridge', () => {
  const channelId = '7E0a6c0e-0000-4000-8000-000000000001';
  const old = (client: Readonly<Record<string, unknown>>) => ({
    channel_id: channelId,
    type: 'whatsapp',
    whatsapp: { client },
  });

  it('are read unchanged, and keep their UUID', () => {
    const client = { id: 'c', secret: 's', purposes: 'p q', scopes: 'a b', version: 'v2' };
    const settings = { clientId: 'c', clientSecret: 's', purposes: 'p q', scopes: 'a b', version: 'v2' };
    expect(readOldChannel(old(client))).toEqual({ kind: 'read', id: channelId, settings });
    expect(kernel.connect(settings).kind).toBe('connected');
  });

  it('may have what the old form has no place for beside it', () => {
    const settings = { environment: 'es-pro', apiKeys: ['k'] };
    expect(readOldChannel({ ...old({ id: 'c', secret: 's' }), settings })).toMatchObject({
      settings: { clientId: 'c', clientSecret: 's', environment: 'es-pro', apiKeys: ['k'] },
    });
  });

  it('need only id and secret; absent, null and empty are the same', () => {
    const expected = { kind: 'read', id: channelId, settings: { clientId: 'c', clientSecret: 's' } };
    expect(readOldChannel(old({ id: 'c', secret: 's' }))).toEqual(expected);
    expect(readOldChannel(old({ id: 'c', secret: 's', purposes: '', scopes: null, version: '' }))).toEqual(expected);
  });

  it.each([
    [{ secret: 's' }, '/whatsapp/client/id'],
    [{ id: 'c' }, '/whatsapp/client/secret'],
    [{ id: 'c', secret: 's-canary', version: 'v3' }, '/whatsapp/client/version'],
    [{ id: 'c', secret: 's-canary', purpose: 'p' }, '/whatsapp/client/purpose'],
  ])('tell the fault of %j at %s, and show no value', (client, pointer) => {
    const read = readOldChannel(old(client));
    expect(read?.kind === 'invalid' ? read.faults.map((fault) => fault.pointer) : read).toEqual([pointer]);
    expect(JSON.stringify(read)).not.toContain('canary');
  });

  it('are told from other documents', () => {
    for (const document of [
      null,
      7,
      [],
      {},
      { id: 'a', provider: 'kernel', settings: {} },
      { channel_id: channelId },
    ]) {
      expect(readOldChannel(document)).toBeNull();
    }
  });
});
