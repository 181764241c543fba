import { describe, expect, it } from '@jest/globals';
import { errorTable } from './error-table.ts';
import { answered, exception, listed, newer, single, status } from './fixtures/answers.ts';
import { toLateFailure, toOutcome } from './to-outcome.ts';

const nowMs = 1_764_000_000_000;
const outcomeOf = (httpStatus: number, body: unknown) => toOutcome(answered(httpStatus, body), nowMs);

describe('infobip: answers to a send', () => {
  it.each([
    ['alone', single('msg_01')],
    ['in a list', listed('msg_01')],
    ['as accepted', single('msg_01', 0, 0)],
    ['as delivered already', single('msg_01', 3, 5)],
    ['by the name of the group', { messageId: 'msg_01', status: { groupName: 'PENDING' } }],
  ])('takes a message told %s', (_name, body) => {
    expect(outcomeOf(200, body)).toEqual({ kind: 'accepted', externalId: 'msg_01' });
  });

  it('reads the rejection in a 200', () => {
    const status12 = { groupId: 5, groupName: 'REJECTED', id: 12, name: 'REJECTED_NOT_ENOUGH_CREDITS' };
    const body = { ...single('msg_03'), status: { ...status12, description: 'Not enough credits', action: 'Top up' } };
    expect(outcomeOf(200, body)).toEqual({
      kind: 'failed',
      code: 'payment_required',
      scope: 'account',
      idSpent: true,
      problem: {
        code: '12',
        title: 'REJECTED_NOT_ENOUGH_CREDITS',
        details: 'Not enough credits; Top up',
        status: 200,
      },
    });
  });

  it('knows by a duplicate id that an earlier call was taken', () => {
    for (const body of [single('msg_01', 5, 23), listed('msg_01', 5, 23)]) {
      expect(outcomeOf(200, body)).toMatchObject({ kind: 'accepted', externalId: 'msg_01', note: expect.any(String) });
    }
  });

  it('does not take a message for accepted that has no id', () => {
    expect(outcomeOf(200, { status: status(1, 7) })).toMatchObject({ kind: 'failed', code: 'answer_unreadable' });
    expect(outcomeOf(200, { status: status(5, 23) })).toMatchObject({ kind: 'failed', code: 'rejected' });
    expect(outcomeOf(200, { messages: [] })).toMatchObject({ kind: 'failed', code: 'answer_unreadable' });
  });

  it('tells which field of a request was wrong, in both shapes', () => {
    expect(outcomeOf(400, exception('BAD_REQUEST', 'size must be between 1 and 4096'))).toMatchObject({
      problem: { code: 'BAD_REQUEST', details: 'content.text size must be between 1 and 4096', status: 400 },
    });
    expect(outcomeOf(400, newer('E400', 'must not be empty'))).toMatchObject({
      problem: { code: 'E400', details: 'a.b must not be empty' },
    });
  });

  it('keeps credentials, addresses and people out of what it says', () => {
    const words = `App ${'k3y'.repeat(12)} for ann at https://files.example.test/a?sig=1, US.13491208655302741918`;
    const said = JSON.stringify([outcomeOf(400, exception('BAD_REQUEST', words)), outcomeOf(400, newer(words, words))]);
    expect(said).not.toMatch(/k3yk3y|files\.example|13491208/u);
  });
});

describe('infobip: failures that a report tells', () => {
  const undelivered = { groupId: 2, groupName: 'UNDELIVERABLE', id: 9, name: 'UNDELIVERABLE_NOT_DELIVERED' };

  /** Written down from the documentation and not from the table: a second reading. */
  it.each([
    [[7002, 7020, 7025, 7201, 1], { code: 'recipient_unreachable', scope: 'recipient' }],
    [[7003, 2052], { code: 'recipient_not_allowed', scope: 'recipient' }],
    [[7030, 7033], { code: 'recipient_opted_out', scope: 'recipient' }],
    [[7029], { code: 'recipient_identity_changed', scope: 'recipient' }],
    [[7032, 4103], { code: 'delivery_declined', scope: 'recipient' }],
    [[7004], { code: 'credentials_refused', scope: 'channel' }],
    [[7005], { code: 'permission_missing', scope: 'channel' }],
    [[7034, 7081], { code: 'sender_not_ready', scope: 'channel' }],
    [[7083], { code: 'sender_not_ready', scope: 'account' }],
    [[7011], { code: 'account_blocked', scope: 'account' }],
    [[7019, 4099], { code: 'payment_required', scope: 'account' }],
    [[7012], { code: 'provider_unavailable', scope: 'channel', delayMs: 300_000 }],
    [[7050], { code: 'provider_unavailable', scope: 'message', delayMs: 15_000 }],
    [[7051], { code: 'provider_unavailable', scope: 'message', delayMs: 15_000, mayBeOut: true }],
    [[7013, 7014], { code: 'media_unavailable', scope: 'message', delayMs: 30_000 }],
    [[7015, 7022], { code: 'media_refused' }],
    [[7016], { code: 'quality_limited', scope: 'channel', delayMs: 3_600_000 }],
    [[7017], { code: 'throttled', scope: 'channel', delayMs: 5_000 }],
    [[7024], { code: 'throttled', scope: 'message', delayMs: 900_000 }],
    [[7036], { code: 'template_not_ready', scope: 'message', delayMs: 600_000 }],
    [[7008], { code: 'template_mismatch' }],
    [[7009, 7037], { code: 'template_unknown' }],
    [[7010], { code: 'window_closed' }],
    [[7007, 7027], { code: 'policy_violation' }],
    [[7006, 7023, 7031, 7281], { code: 'request_invalid' }],
    [[7018, 7052, 7080, 7082, 7102, 7280, 4100, 5492], { code: 'rejected' }],
    [[255, 500, 504, 4097, 4098], { code: 'provider_unavailable', delayMs: 30_000, attemptsMax: 2 }],
  ])('errors %j', (ids, expected) => {
    for (const id of ids) {
      expect(toLateFailure(undelivered, { id, name: 'EC_NAME', permanent: true })).toMatchObject({
        ...expected,
        problem: { code: String(id), title: 'EC_NAME' },
      });
    }
  });

  it('goes by the status where there is no error, and by what an unknown one says of itself', () => {
    const expired = { groupId: 4, id: 15, name: 'EXPIRED_EXPIRED' };
    expect(toLateFailure(expired, { id: 0, name: 'NO_ERROR' })).toMatchObject({ code: 'recipient_unreachable' });
    expect(toLateFailure(expired, undefined)).toMatchObject({ problem: { code: '15', title: 'EXPIRED_EXPIRED' } });
    expect(toLateFailure(undelivered, { id: 9999, permanent: true })).toMatchObject({ code: 'rejected' });
    expect(toLateFailure(undelivered, { id: 9999 })).toMatchObject({ code: 'rejected' });
    expect(toLateFailure(undelivered, { id: 9999, permanent: false })).toMatchObject({
      code: 'provider_unavailable',
      attemptsMax: 2,
    });
  });
});

describe('infobip: the table of errors', () => {
  it('has each code once', () => {
    const codes = errorTable.flatMap(({ space, of }) => of.map((code) => `${space} ${code}`));
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('has every code of WhatsApp’s range that Infobip documents', () => {
    const known = new Set(errorTable.filter(({ space }) => space === 'error').flatMap(({ of }) => of));
    const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
    const documented = [...range(7001, 7027), ...range(7029, 7038), 7050, 7051, 7052, ...range(7080, 7084)];
    expect([...documented, 7102, 7201, 7280, 7281].filter((code) => !known.has(code))).toEqual([]);
  });
});
