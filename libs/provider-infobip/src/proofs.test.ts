import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { channelWith, hmacSecrets, webhookKeys } from './fixtures/settings.ts';
import { isProven } from './proofs.ts';

const body = Buffer.from('{"results":[],"messageCount":0}');
const call = (headers: Readonly<Record<string, string>>, query: Readonly<Record<string, string>> = {}) => ({
  url: '',
  body,
  headers,
  query,
});
const proves = (webhook: unknown, headers: Readonly<Record<string, string>>, query = {}) =>
  channelWith({ webhook }).verifies(call(headers, query));

describe('infobip: proofs of a webhook call', () => {
  it('takes each way that is set, and no other', () => {
    const key = { key: webhookKeys[1] };
    const user = { authorization: `Basic ${Buffer.from('ann:pa:ss').toString('base64')}` };
    const fixed = { 'x-posthorn-key': 'fixed-1' };
    const ways = {
      keys: { keys: webhookKeys },
      basic: {
        basic: [
          { username: 'bob', password: 'x' },
          { username: 'ann', password: 'pa:ss' },
        ],
      },
      header: { header: { name: 'X-Posthorn-Key', values: ['fixed-0', 'fixed-1'] } },
    };
    expect(proves(ways.keys, {}, key)).toBe(true);
    expect(proves(ways.basic, user)).toBe(true);
    expect(proves(ways.header, fixed)).toBe(true);
    expect(proves(ways.header, { 'X-POSTHORN-KEY': 'fixed-1' })).toBe(true);
    expect(proves(ways.keys, { ...user, ...fixed })).toBe(false);
    expect(proves(ways.basic, fixed, key)).toBe(false);
    expect(proves(ways.header, user, key)).toBe(false);
    expect(proves({ ...ways.keys, ...ways.basic }, user)).toBe(true);
  });

  it.each([
    [{}, { key: '' }],
    [{}, { key: webhookKeys[0].slice(0, -1) }],
    [{}, { key: `${webhookKeys[0]}x` }],
    [{}, { Key: webhookKeys[0] }],
    [{ authorization: 'Basic' }, {}],
    [{ authorization: '' }, {}],
    [{ 'x-infobip-signature': '' }, {}],
  ])('refuses %j %j', (headers, query) => {
    expect(channelWith().verifies(call(headers, query))).toBe(false);
  });

  it('fails closed without a way, and with an empty secret', () => {
    const empty = createHmac('sha256', '').update(body).digest('hex');
    const hmac = { algorithm: 'HMAC_SHA_256', header: 'x-sign', encoding: 'hex', prefix: '' } as const;
    expect(isProven(call({ 'x-sign': empty }, { key: '' }), {})).toBe(false);
    expect(isProven(call({ 'x-sign': empty }), { hmac: { ...hmac, secrets: [''] } })).toBe(false);
    expect(isProven(call({ 'x-sign': empty }), { hmac: { ...hmac, secrets: [] } })).toBe(false);
  });

  it('verifies signatures reckoned elsewhere', () => {
    // printf '{"results":[],"messageCount":0}' | openssl dgst -sha256 -hmac hmac-secret-now
    const vector = 'ce6da4c9a5fd33a77461460d2de313b4ae80b831d4d98e068ea40ed70a884ee0';
    const hmac = { secrets: hmacSecrets };
    expect(proves({ hmac }, { 'x-infobip-signature': vector })).toBe(true);
    expect(proves({ hmac }, { 'x-infobip-signature': vector.toUpperCase() })).toBe(true);
    expect(proves({ hmac }, { 'x-infobip-signature': `sha256=${vector}` })).toBe(false);
    const prefixed = { hmac: { ...hmac, header: 'X-Hub-Signature-256', prefix: 'sha256=' } };
    expect(proves(prefixed, { 'x-hub-signature-256': `sha256=${vector}` })).toBe(true);
    expect(proves(prefixed, { 'x-hub-signature-256': vector })).toBe(false);
  });

  it.each([
    ['HMAC_MD5', 'md5'],
    ['HMAC_SHA_1', 'sha1'],
    ['HMAC_SHA_224', 'sha224'],
    ['HMAC_SHA_384', 'sha384'],
    ['HMAC_SHA_512', 'sha512'],
  ])('knows %s, in both encodings', (algorithm, digest) => {
    for (const encoding of ['hex', 'base64'] as const) {
      const signature = createHmac(digest, hmacSecrets[1]).update(body).digest(encoding);
      const hmac = { secrets: hmacSecrets, algorithm, encoding };
      expect(proves({ hmac }, { 'x-infobip-signature': signature })).toBe(true);
      expect(proves({ hmac }, { 'x-infobip-signature': signature.slice(0, -2) })).toBe(false);
      expect(proves({ hmac: { ...hmac, algorithm: 'HMAC_SHA_256' } }, { 'x-infobip-signature': signature })).toBe(
        false,
      );
    }
  });
});
