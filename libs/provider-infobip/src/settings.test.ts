import { describe, expect, it } from '@jest/globals';
import { channelWith, faultsOf, settingsWith } from './fixtures/settings.ts';

describe('infobip: settings', () => {
  it.each([
    ['a sender with letters', { sender: 'acme' }, ['/sender']],
    ['an address with a query', { baseUrl: 'https://xyz.example.test/?a=1' }, ['/baseUrl']],
    ['an address with a user', { baseUrl: 'https://ann@xyz.example.test' }, ['/baseUrl']],
    ['an address of another protocol', { baseUrl: 'ftp://xyz.example.test' }, ['/baseUrl']],
    ['an unknown kind of proof', { auth: { type: 'magic' } }, ['/auth/type']],
    ['an API key of a password', { auth: { type: 'api_key', password: 'x' } }, ['/auth/apiKey', '/auth/password']],
    ['a key from pasting', { auth: { type: 'api_key', apiKey: 'key ' } }, ['/auth/apiKey']],
    ['another API', { api: 'sms' }, ['/api']],
    ['a scenario without OMNI', { scenarioKey: 'AAAA' }, ['/scenarioKey']],
    ['a namespace without OMNI', { templateNamespace: 'AAAA' }, ['/templateNamespace']],
    ['an application with OMNI', { api: 'omni', applicationId: 'a', entityId: 'e' }, ['/applicationId', '/entityId']],
    ['webhooks without any secret', { webhook: {} }, ['/webhook']],
    ['webhooks with an empty list', { webhook: { keys: [] } }, ['/webhook/keys']],
    ['a key that is easy to guess', { webhook: { keys: ['short'] } }, ['/webhook/keys/0']],
    ['an empty secret', { webhook: { hmac: { secrets: [''] } } }, ['/webhook/hmac/secrets/0']],
    [
      'an unknown algorithm',
      { webhook: { hmac: { secrets: ['x'], algorithm: 'ROT13' } } },
      ['/webhook/hmac/algorithm'],
    ],
    [
      'an address for reports without a key',
      { notifyUrl: 'https://hooks.example.test/', webhook: { basic: [{ username: 'a', password: 'b' }] } },
      ['/webhook/keys'],
    ],
    ['an address for reports with a query', { notifyUrl: 'https://hooks.example.test/?key=1' }, ['/notifyUrl']],
  ])('are refused with %s', (_name, more, pointers) => {
    expect(faultsOf(settingsWith(more)).toSorted()).toEqual(pointers.toSorted());
  });

  it('know the sender with and without a plus', () => {
    expect(channelWith({ sender: '+441134960000' }).addresses).toEqual(['441134960000']);
  });

  it('tell accounts apart by host and credential, and join the channels of one', () => {
    const other = { auth: { type: 'api_key', apiKey: 'test-key-0002' } };
    const names = [{}, { sender: '1555' }, other, { baseUrl: 'https://abc.api.example.test' }].map(
      (more) => channelWith(more).account,
    );
    expect(names[1]).toBe(names[0]);
    expect(new Set(names).size).toBe(3);
    expect(names.join(' ')).not.toContain('test-key');
  });

  it('pace as told, 80 a second otherwise', () => {
    expect(channelWith().pace.channelPerSecond).toBe(80);
    expect(channelWith({ pacePerSecond: 5 }).pace.channelPerSecond).toBe(5);
  });

  it('answer no handshake: Infobip asks for none', () => {
    expect(channelWith().handshake({ 'hub.challenge': '1' })).toBeNull();
  });
});
