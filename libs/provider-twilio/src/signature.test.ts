import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { channelWith, publicUrl } from './fixtures/connected-channel.ts';
import { form, inbound, signed } from './fixtures/webhooks.ts';
import { isSigned } from './signature.ts';

const token = 'posthorn-test-auth-token';
const callWith = (url: string, body: Uint8Array, signature: string) => ({
  url,
  body,
  headers: { 'x-twilio-signature': signature },
  query: {},
});

describe('twilio: signatures', () => {
  it('fit the vectors of the official library', () => {
    const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
    const fields = {
      CallSid: 'CA1234567890ABCDE',
      Caller: '+14158675309',
      Digits: '1234',
      From: '+14158675309',
      To: '+18005551212',
    };
    const call = callWith(url, form(fields), 'RSOYDt4T1cUTdK1PDd93/VVr8B8=');
    expect(isSigned(call, ['12345'], 'https://mycompany.com')).toBe(true);

    const json = Buffer.from('{"property": "value", "boolean": true}');
    const digest = '0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620';
    const withDigest = callWith(`${url}&bodySHA256=${digest}`, json, 'a9nBmqA0ju/hNViExpshrM61xv4=');
    expect(isSigned(withDigest, ['12345'], 'https://mycompany.com')).toBe(true);
    expect(isSigned({ ...withDigest, body: Buffer.from('{}') }, ['12345'], 'https://mycompany.com')).toBe(false);
  });

  it('fit the vector of an inbound message', () => {
    const body = form({
      AccountSid: 'AC00000000000000000000000000000001',
      ApiVersion: '2010-04-01',
      Body: 'Hello',
      From: 'whatsapp:+15550001111',
      MessageSid: 'SM00000000000000000000000000000001',
      NumMedia: '0',
      To: 'whatsapp:+15552223333',
      WaId: '15550001111',
    });
    const call = callWith('https://hooks.example.test/twilio/ch_1', body, '4utbQMG3XxHiitPJQBtXxB4Uifs=');
    expect(isSigned(call, [token], publicUrl)).toBe(true);
    expect(isSigned({ ...call, body: form({ Body: 'Hello' }) }, [token], publicUrl)).toBe(false);
    expect(isSigned(call, [], publicUrl)).toBe(false);
    expect(isSigned(call, [''], publicUrl)).toBe(false);
  });

  it('cover texts of any script, and a name that comes twice once for each value', () => {
    const url = `${publicUrl}/webhooks/twilio/ch-1`;
    const data = ['Body', 'Zoë 👍 +&=', 'Tag', 'a', 'Tag', 'b'].join('');
    const signature = createHmac('sha1', token).update(`${url}${data}`).digest('base64');
    const body = new URLSearchParams({ Body: 'Zoë 👍 +&=' });
    for (const tag of ['b', 'a', 'b']) body.append('Tag', tag);
    expect(isSigned(callWith(url, Buffer.from(body.toString()), signature), [token], publicUrl)).toBe(true);
  });

  it('do not cover a JSON body without its digest in the address', () => {
    const url = `${publicUrl}/webhooks/twilio/ch-1`;
    const signature = createHmac('sha1', token).update(url).digest('base64');
    expect(isSigned(callWith(url, Buffer.from('{"MessageSid":"SM1"}'), signature), [token], publicUrl)).toBe(false);
  });

  it('are refused when the digest is of another body, or none', () => {
    const body = Buffer.from('{"a":1}');
    for (const digest of [createHash('sha256').update('{}').digest('hex'), '', 'x', '0'.repeat(64)]) {
      const url = `${publicUrl}/webhooks/twilio/ch-1?bodySHA256=${digest}`;
      const signature = createHmac('sha1', token).update(url).digest('base64');
      expect(isSigned(callWith(url, body, signature), [token], publicUrl)).toBe(false);
    }
  });

  it.each([
    ['as it was called', '/webhooks/twilio/ch-1?m=msg_1', `${publicUrl}/webhooks/twilio/ch-1?m=msg_1`],
    ['with the standard port', '/webhooks/twilio/ch-1', `${publicUrl}:443/webhooks/twilio/ch-1`],
    ['with the query encoded the older way', "/x?a=it's,b&c=(1)", `${publicUrl}/x?a=it's%2Cb&c=(1)`],
  ])('fit behind a proxy: %s', (_, path, signedUrl) => {
    const body = form(inbound);
    const { 'x-twilio-signature': signature = '' } = signed(signedUrl, body, token);
    for (const called of [`${publicUrl}${path}`, `http://10.0.0.7:8080${path}`, `http://ingress${path}`]) {
      expect(isSigned(callWith(called, body, signature), [token], publicUrl)).toBe(true);
    }
    expect(isSigned(callWith(`${publicUrl}/other`, body, signature), [token], publicUrl)).toBe(false);
  });

  it('fit where the public address ends in a folder that the proxy takes away', () => {
    const base = 'https://in.example.test/chat';
    const body = form(inbound);
    const { 'x-twilio-signature': signature = '' } = signed(`${base}/webhooks/twilio/ch-1`, body, token);
    expect(isSigned(callWith('http://ingress:8080/webhooks/twilio/ch-1', body, signature), [token], base)).toBe(true);
    expect(isSigned(callWith(`${base}/webhooks/twilio/ch-1`, body, signature), [token], base)).toBe(true);
  });

  it('fit with either token while one is rotated, and are never a handshake', () => {
    const channel = channelWith({ authToken: undefined, authTokens: ['now', 'before'] });
    const url = `${publicUrl}/webhooks/twilio/ch-1`;
    const body = form(inbound);
    const verifies = (secret: string) => channel.verifies({ url, body, headers: signed(url, body, secret), query: {} });
    expect(['now', 'before', 'other'].map(verifies)).toEqual([true, true, false]);
    expect(channel.handshake({ 'hub.mode': 'subscribe' })).toBeNull();
  });
});
