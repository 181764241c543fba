import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { verifyWebhook, type WebhookToVerify } from './verify-webhook.ts';

const secret = `whsec_${randomBytes(32).toString('base64')}`;
const nowMs = 1_764_000_000_000;
const id = 'evt_support_1764000000000-0';
const body = JSON.stringify({ id, version: 1, type: 'message.sent', timestamp: '2025-11-24T16:00:00.000Z', data: {} });

function sign(by = secret, seconds = nowMs / 1_000, text = body): string {
  const key = Buffer.from(by.slice(6), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${text}`).digest('base64')}`;
}
const headers = (more: Record<string, string | undefined> = {}) => ({
  'webhook-id': id,
  'webhook-timestamp': String(nowMs / 1_000),
  'webhook-signature': sign(),
  ...more,
});
const verdict = (more: Partial<WebhookToVerify> = {}) => {
  const result = verifyWebhook({ secrets: [secret], headers: headers(), body, nowMs, ...more });
  return result.kind === 'verified' ? result.event.id : result.why;
};
const at = (seconds: number) =>
  headers({ 'webhook-timestamp': String(seconds), 'webhook-signature': sign(secret, seconds) });

describe('a webhook of posthorn', () => {
  it('is known by its signature', () => {
    expect(verdict()).toBe(id);
    expect(verdict({ body: Buffer.from(body) })).toBe(id);
    expect(verdict({ headers: new Headers(Object.entries(headers()).map(([k, v]) => [k, v ?? ''])) })).toBe(id);
    expect(
      verdict({ headers: { 'Webhook-Id': id, 'Webhook-Timestamp': '1764000000', 'Webhook-Signature': sign() } }),
    ).toBe(id);
  });

  it('is known by either secret while one is rotated, and by any of several signatures', () => {
    const other = `whsec_${randomBytes(24).toString('base64')}`;
    expect(verdict({ secrets: [other, secret] })).toBe(id);
    expect(verdict({ secrets: [other] })).toBe('wrong_signature');
    expect(verdict({ headers: headers({ 'webhook-signature': `v1a,abc ${sign(other)} ${sign()}` }) })).toBe(id);
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('is refused without %s', (name) => {
    expect(verdict({ headers: headers({ [name]: undefined }) })).toBe('header_missing');
    expect(verdict({ headers: headers({ [name]: '' }) })).toBe('header_missing');
  });

  it('is refused more than 5 minutes from now', () => {
    const now = nowMs / 1_000;
    expect([verdict({ headers: at(now - 300) }), verdict({ headers: at(now + 300) })]).toEqual([id, id]);
    expect([verdict({ headers: at(now - 301) }), verdict({ headers: at(now + 301) })]).toEqual(['too_old', 'too_new']);
    expect(verdict({ headers: headers({ 'webhook-timestamp': 'soon' }) })).toBe('header_missing');
  });

  it.each([
    ['truncated', sign().slice(0, -5)],
    ['of nothing', 'v1,'],
    ['of another version', sign().replace('v1,', 'v2,')],
    ['without a version', sign().slice(3)],
    ['of another body', sign(secret, nowMs / 1_000, `${body} `)],
    ['of another time', sign(secret, nowMs / 1_000 - 1)],
  ])('is refused with a signature %s', (_name, signature) => {
    expect(verdict({ headers: headers({ 'webhook-signature': signature }) })).toBe('wrong_signature');
  });

  it('is refused when it is signed and yet no event', () => {
    const text = '[]';
    const signed = headers({ 'webhook-signature': sign(secret, nowMs / 1_000, text) });
    expect(verdict({ body: text, headers: signed })).toBe('not_an_event');
  });

  it.each(['', 'whsec_', 'whsec_abc', 'secret'])('needs a secret: %j is none', (none) => {
    expect(() => verdict({ secrets: [none] })).toThrow('expected a secret');
  });

  it('is signed as the specification’s own example', () => {
    // github.com/standard-webhooks/standard-webhooks, libraries, read 2026-11: no event of ours, so it passes up to there.
    const known = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'];
    const text = '{"test": 2432232314}';
    expect(verdict({ secrets, headers: known, body: text, nowMs: 1_614_265_330_000 })).toBe('not_an_event');
  });
});
