import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { channelWith } from './fixtures/connected-channel.ts';
import { answer } from './fixtures/error-rows.ts';
import { toToken } from './token-source.ts';

const requestWith = (settings: Readonly<Record<string, unknown>>) => channelWith(settings).tokens?.request;

describe('kernel: the request for a token', () => {
  it('has the client by HTTP Basic, the form-encoded scopes and purposes, and a correlator', () => {
    const request = requestWith({
      clientId: 'client:1',
      clientSecret: 'se/cret+%',
      scopes: 'whatsapp:send other',
      purposes: 'dpv:Service#x customer-service',
      environment: 'es-pro',
    });
    expect(request).toEqual({
      operation: 'kernel.token',
      method: 'POST',
      url: 'https://auth.es-pro.baikalplatform.com/token',
      headers: {
        authorization: `Basic ${Buffer.from('client%3A1:se%2Fcret%2B%25').toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
        'x-correlator': expect.stringMatching(/^[0-9a-f-]{36}$/u),
      },
      body: 'grant_type=client_credentials&scope=whatsapp%3Asend+other&purpose=dpv%3AService%23x+customer-service',
    });
  });

  it('leaves out what the channel does not have', () => {
    expect(requestWith({})?.body).toBe('grant_type=client_credentials');
  });
});

describe('kernel: the answer to it', () => {
  const token = { access_token: 'eyJhbGciOi', token_type: 'bearer' };

  it.each([
    [3600, 3_600_000],
    ['3600', 3_600_000],
    [0.5, 500],
    [undefined, 300_000],
    [null, 300_000],
    [0, 300_000],
    [-1, 300_000],
    ['soon', 300_000],
  ])('with expires_in %j issues a token of %d ms', (expires_in, lifeMs) => {
    expect(toToken(answer(200, { ...token, expires_in }))).toEqual({ kind: 'issued', token: 'eyJhbGciOi', lifeMs });
  });

  it.each([
    'invalid_client',
    'unauthorized_client',
    'invalid_scope',
    'unsupported_grant_type',
    'invalid_request',
    'invalid_grant',
  ])('is a refusal for %s', (error) => {
    for (const status of [400, 401]) {
      expect(toToken(answer(status, { error, error_description: 'No' }))).toMatchObject({
        kind: 'refused',
        problem: { code: error, title: 'No', status },
      });
    }
  });

  it('is a refusal for 401 without words', () => {
    expect(toToken(answer(401, '')).kind).toBe('refused');
  });

  it.each([
    answer(500, { error: 'invalid_client' }),
    answer(503, ''),
    answer(429, { error: 'invalid_request' }),
    answer(408, ''),
    answer(404, '<html></html>'),
    answer(403, '<html></html>'),
    answer(400, { error: 'something_else' }),
    answer(302, ''),
    answer(200, ''),
    answer(200, { ...token, token_type: 'mac' }),
    answer(200, { ...token, access_token: 'two words' }),
    answer(200, { ...token, access_token: 'line\r\nx-injected: 1' }),
    { kind: 'not_sent', reason: 'ECONNREFUSED', durationMs: 1 } as const,
    { kind: 'no_answer', reason: 'timeout', durationMs: 1 } as const,
  ])('may be better later: %j', (reply) => {
    expect(toToken(reply).kind).toBe('unavailable');
  });

  it('shows no token in a problem, and never throws', () => {
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record({ error: fc.anything(), access_token: fc.anything(), expires_in: fc.anything() }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), body, (status, given) => {
        const outcome = toToken(answer(status, '', {}));
        const said = toToken({ ...answer(status, ''), body: given });
        expect(outcome.kind).not.toBe('issued');
        if (said.kind === 'issued') expect(Number.isFinite(said.lifeMs) && said.lifeMs > 0).toBe(true);
      }),
    );
  });
});
