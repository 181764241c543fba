import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { channelWith } from './fixtures/connected-channel.ts';
import { answerHandshake, isSigned, toAppSecretProof } from './signature.ts';

const body = Buffer.from('{"object":"whatsapp_business_account","entry":[]}');
const signature = 'd90afd1bccb7d7fa586fe6df7be7369de4ee2408c2ea168544147fbcdb18af50';

const callWith = (value: string) => ({ url: '', body, headers: { 'x-hub-signature-256': value }, query: {} });

describe('whatsapp-cloud: proofs', () => {
  it('verifies a signature reckoned elsewhere', () => {
    const { verifies } = channelWith();
    expect(verifies(callWith(`sha256=${signature}`))).toBe(true);
    expect(verifies(callWith(`sha256=${signature.toUpperCase()}`))).toBe(true);
    expect(verifies(callWith(signature))).toBe(false);
    expect(verifies(callWith(`sha1=${signature}`))).toBe(false);
    expect(verifies(callWith(` sha256=${signature}`))).toBe(false);
  });

  it('fails closed without a secret', () => {
    const call = { url: '', body, headers: { 'x-hub-signature-256': `sha256=${signature}` }, query: {} };
    expect(isSigned(call, [])).toBe(false);
    expect(isSigned(call, [''])).toBe(false);
    expect(isSigned(call, ['', 'posthorn-test-app-secret'])).toBe(true);
    const bySigner = createHmac('sha256', '').update(body).digest('hex');
    expect(isSigned(callWith(`sha256=${bySigner}`), [''])).toBe(false);
  });

  it('proves the app secret as another implementation does', () => {
    expect(toAppSecretProof('EAAtesttoken0001', 'posthorn-test-app-secret')).toBe(
      'da0069726a75822acc54c5f08d57c793ea2ef627acd4584ea56ff8540057037d',
    );
  });
});

describe('whatsapp-cloud: handshake', () => {
  const query = { 'hub.mode': 'subscribe', 'hub.challenge': '1158201444', 'hub.verify_token': 'verify-me-0001' };

  it('repeats the challenge', () => {
    expect(channelWith().handshake(query)).toEqual({ body: '1158201444' });
  });

  it.each([
    [{ 'hub.verify_token': 'verify-me-0002' }],
    [{ 'hub.verify_token': '' }],
    [{ 'hub.mode': 'unsubscribe' }],
    [{ 'hub.challenge': '' }],
    [{ 'hub.challenge': '<script>alert(1)</script>' }],
  ])('refuses %j', (change) => {
    expect(channelWith().handshake({ ...query, ...change })).toBeNull();
  });

  it('refuses a call without its fields, and any without a token of ours', () => {
    expect(channelWith().handshake({})).toBeNull();
    expect(answerHandshake({ ...query, 'hub.verify_token': '' }, '')).toBeNull();
  });
});
