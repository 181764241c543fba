import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { answered, exception } from './fixtures/answers.ts';
import { channelWith } from './fixtures/settings.ts';

const oauth = { type: 'oauth', clientId: 'ann', clientSecret: 'p&ss' };
const session = { type: 'ibsso', username: 'ann', password: 'p&ss' };
const sourceOf = (auth: unknown) => {
  const { tokens } = channelWith({ auth });
  if (tokens === null) throw new Error('expected a source of tokens, came none');
  return tokens;
};

describe('infobip: tokens', () => {
  it('are not needed for what lasts', () => {
    expect(channelWith().tokens).toBeNull();
    expect(channelWith({ auth: { type: 'basic', username: 'a', password: 'b' } }).tokens).toBeNull();
  });

  it('are asked for by OAuth with a form', () => {
    const { url, headers, body } = sourceOf(oauth).request;
    expect(url).toBe('https://xyz.api.example.test/auth/1/oauth2/token');
    expect(headers).toMatchObject({ 'content-type': 'application/x-www-form-urlencoded' });
    expect(body).toBe('client_id=ann&client_secret=p%26ss&grant_type=client_credentials');
  });

  it('are asked for by a session with JSON', () => {
    const { url, body } = sourceOf(session).request;
    expect(url).toBe('https://xyz.api.example.test/auth/1/session');
    expect(body).toBe('{"username":"ann","password":"p&ss"}');
  });

  it.each([
    [
      oauth,
      { access_token: 't1', token_type: 'Bearer', expires_in: 3600 },
      { kind: 'issued', token: 't1', lifeMs: 3_600_000 },
    ],
    [oauth, { access_token: 't1' }, { kind: 'issued', token: 't1', lifeMs: 300_000 }],
    [oauth, { access_token: 't1', expires_in: -1 }, { kind: 'issued', token: 't1', lifeMs: 300_000 }],
    [session, { token: 't1' }, { kind: 'issued', token: 't1', lifeMs: 3_600_000 }],
    [oauth, { token: 't1' }, { kind: 'unavailable', problem: { code: 'unreadable', status: 200 } }],
    [oauth, { access_token: 'two words' }, { kind: 'unavailable', problem: { code: 'unreadable', status: 200 } }],
  ])('%j reads %j', (auth, body, expected) => {
    expect(sourceOf(auth).toToken(answered(200, body))).toEqual(expected);
  });

  it.each([
    [401, exception('UNAUTHORIZED'), { kind: 'refused', problem: { code: 'UNAUTHORIZED', status: 401 } }],
    [400, { error: 'invalid_client' }, { kind: 'refused', problem: { code: 'invalid_client', status: 400 } }],
    [403, 'no', { kind: 'refused', problem: { code: 'unknown', status: 403 } }],
    [429, exception('TOO_MANY_REQUESTS'), { kind: 'unavailable', problem: { code: 'TOO_MANY_REQUESTS', status: 429 } }],
    [503, '<html>', { kind: 'unavailable', problem: { code: 'unknown', status: 503 } }],
  ])('%i %j means %j', (status, body, expected) => {
    for (const auth of [oauth, session]) expect(sourceOf(auth).toToken(answered(status, body))).toMatchObject(expected);
  });

  it('may come later where no answer came', () => {
    for (const kind of ['not_sent', 'no_answer'] as const) {
      const outcome = sourceOf(oauth).toToken({ kind, reason: 'timeout', durationMs: 1 });
      expect(outcome).toEqual({ kind: 'unavailable', problem: null });
    }
  });

  it('never throw over any answer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), fc.jsonValue(), (status, body) => {
        for (const auth of [oauth, session]) {
          const { kind } = sourceOf(auth).toToken(answered(status, body));
          expect(['issued', 'refused', 'unavailable']).toContain(kind);
        }
      }),
    );
  });
});
