import { describe, expect, it } from '@jest/globals';
import type { HttpReply } from '@posthorn/runtime';
import { toMediaCalls } from './media-calls.ts';

const calls = toMediaCalls({
  graphUrl: 'https://graph.facebook.com/v25.0',
  phoneNumberId: '106540352242922',
  accessToken: 'EAAtoken',
  appSecretProof: 'proof',
});
const answer = (status: number, body: unknown): HttpReply => ({
  kind: 'answered',
  status,
  headers: {},
  body,
  text: '',
  durationMs: 1,
});

describe('whatsapp-cloud: files', () => {
  it('go up as a form with their type', async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const { request } = calls.upload?.toCall({ contentType: 'image/png', name: 'a.png', bytes }, null) ?? {};
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://graph.facebook.com/v25.0/106540352242922/media',
      headers: { authorization: 'Bearer EAAtoken' },
    });
    const form = request?.body;
    if (!(form instanceof FormData)) throw new Error('expected a form');
    expect([form.get('messaging_product'), form.get('type'), form.get('appsecret_proof')]).toEqual([
      'whatsapp',
      'image/png',
      'proof',
    ]);
    const file = form.get('file');
    if (!(file instanceof File)) throw new Error('expected a file');
    expect([file.name, file.type, file.size]).toEqual(['a.png', 'image/png', 3]);
  });

  it.each([
    ['an id', answer(200, { id: '1011' }), { kind: 'uploaded', id: '1011' }],
    ['a dead token', answer(401, { error: { code: 190 } }), { code: 'credentials_refused' }],
    ['a throttle', answer(400, { error: { code: 130429 } }), { code: 'throttled' }],
    ['no answer', { kind: 'no_answer', reason: 'timeout', durationMs: 1 } as const, { code: 'provider_unavailable' }],
    ['a 500 without a code', answer(500, 'oops'), { code: 'provider_unavailable' }],
    ['a 200 that says nothing', answer(200, {}), { code: 'provider_unavailable' }],
  ])('an upload that is answered by %s holds nothing', (_name, reply, expected) => {
    const outcome = calls.upload
      ?.toCall({ contentType: 'image/png', name: null, bytes: new Uint8Array([1]) }, null)
      .read(reply);
    expect(outcome).toMatchObject(expected);
    expect(outcome).not.toHaveProperty('mayBeOut');
  });

  it.each([
    [
      'found',
      answer(200, { url: 'https://lookaside.fbsbx.com/a', mime_type: 'image/png', sha256: 'ab' }),
      { kind: 'found', url: 'https://lookaside.fbsbx.com/a', contentType: 'image/png', sha256: 'ab' },
    ],
    ['gone', answer(400, { error: { code: 100 } }), { kind: 'gone' }],
    ['unauthorised', answer(401, { error: { code: 190 } }), { kind: 'unauthorised' }],
    ['unavailable', answer(500, ''), { kind: 'unavailable' }],
  ])('a look-up tells %s', (_name, reply, expected) => {
    expect(calls.lookUp?.({ id: '1011' }, null).read(reply)).toEqual(expected);
  });

  it.each([
    ['https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1', true],
    ['https://graph.facebook.com/file', true],
    ['http://lookaside.fbsbx.com/a', false],
    ['https://lookaside.fbsbx.com.example.test/a', false],
    ['https://example.test/a', false],
  ])('the token goes to Meta alone: %s', (url, isMetas) => {
    expect(calls.download({ id: '1', url }, null) !== null).toBe(isMetas);
  });
});
