import { describe, expect, it } from '@jest/globals';
import { failureRules } from '@posthorn/outcome';
import { errorTable } from './error-table.ts';
import { errorRows, refusal } from './fixtures/error-rows.ts';
import { graphErrorSchema } from './graph-error.ts';
import { toLateFailure, toOutcome } from './to-outcome.ts';

const nowMs = 1_764_000_000_000;
const answered = (status: number, body: unknown, headers = {}) =>
  toOutcome({ kind: 'answered', status, headers, body, text: '', durationMs: 1 }, nowMs);

const delayOf = (code: number, headers: Readonly<Record<string, string>>) => {
  const outcome = toOutcome(refusal(code, 400, {}, headers), nowMs);
  return outcome.kind === 'failed' ? outcome.delayMs : undefined;
};
const business = (minutes: number) => ({
  'x-business-use-case-usage': JSON.stringify({
    '102290129340398': [
      { type: 'whatsapp', call_count: 100, total_cputime: 25, total_time: 25, estimated_time_to_regain_access: 0 },
      {
        type: 'messages',
        call_count: 100,
        total_cputime: 25,
        total_time: 25,
        estimated_time_to_regain_access: minutes,
      },
    ],
  }),
});
const late = (error: unknown) => toLateFailure(graphErrorSchema.parse(error));

describe('whatsapp-cloud: what an answer means', () => {
  it('the error code decides, whatever the HTTP status', () => {
    for (const status of [200, 400, 401, 429, 500, 503]) {
      expect(toOutcome(refusal(131_056, status), nowMs)).toMatchObject({ code: 'recipient_throttled', growth: 4 });
      expect(toOutcome(refusal(131_026, status), nowMs)).toMatchObject({ code: 'recipient_unreachable' });
    }
  });

  it('reads a code that comes as text', () => {
    expect(toOutcome(refusal('190', 401), nowMs)).toMatchObject({ code: 'credentials_refused' });
  });

  it('has each code in one row only, and every row is tried', () => {
    const codes = errorTable.flatMap(({ of }) => of.map((code) => (typeof code === 'number' ? [code, code] : code)));
    const sorted = codes.toSorted(([a = 0], [b = 0]) => a - b);
    const overlaps = sorted.filter(([from = 0], index) => index > 0 && from <= (sorted[index - 1]?.[1] ?? 0));
    expect(overlaps).toEqual([]);
    const tried = errorRows.map(({ name }) => Number(/\d+/u.exec(name)?.[0]));
    const untried = codes.filter(([from = 0, to = 0]) => !tried.some((code) => code >= from && code <= to));
    expect(untried).toEqual([]);
  });

  it('keeps Meta’s words, its sub-code and its trace id for people', () => {
    const reply = refusal(190, 401, {
      message: 'Error validating access token: Session has expired',
      error_subcode: 463,
      fbtrace_id: 'AbC124',
    });
    expect(toOutcome(reply, nowMs)).toEqual({
      kind: 'failed',
      code: 'credentials_refused',
      scope: 'account',
      problem: {
        code: '190',
        title: 'Error validating access token: Session has expired',
        details: 'subcode 463',
        status: 401,
        trace: 'AbC124',
      },
    });
  });

  it('hides a token that Meta repeats', () => {
    const message = 'Malformed access token EAAGm0PX4ZCpsBAKZCz0123456789abcdefZD';
    expect(JSON.stringify(toOutcome(refusal(190, 401, { message }), nowMs))).not.toContain('EAAG');
  });

  it.each([
    ['the message wamid.A/b+c== is old', 'the message … is old'],
    ['user US.ENT.AbCdEfGh has no number', 'user … has no number'],
    ['to 1-555-000-1111 (US)', 'to … (US)'],
    ['limit of 100000 in 24 hours, code 131056', 'limit of 100000 in 24 hours, code 131056'],
    ['x'.repeat(600), 'x'.repeat(500)],
  ])('says %j as %j', (message, title) => {
    expect(toOutcome(refusal(131_026, 400, { message }), nowMs)).toMatchObject({ problem: { title } });
  });

  it('pauses the channel for a number that is not there or may not be seen, and not for a bad parameter', () => {
    const hidden = { code: 'permission_missing', scope: 'channel' };
    expect(toOutcome(refusal(100, 400, { error_subcode: 33 }), nowMs)).toMatchObject(hidden);
    expect(toOutcome(refusal(100, 400, { type: 'GraphMethodException' }), nowMs)).toMatchObject(hidden);
    expect(toOutcome(refusal(100, 400), nowMs)).toMatchObject({ code: 'request_invalid' });
  });

  it('retries an unknown code that Meta calls transient', () => {
    expect(toOutcome(refusal(987_654, 400, { is_transient: true }), nowMs)).toMatchObject({
      code: 'provider_unavailable',
      delayMs: 5_000,
      mayBeOut: true,
    });
    expect(toOutcome(refusal(131_026, 400, { is_transient: true }), nowMs)).toMatchObject({
      code: 'recipient_unreachable',
    });
  });

  it('notes a message that Meta looks at first', () => {
    const messages = [{ id: 'wamid.A', message_status: 'held_for_quality_assessment' }];
    expect(answered(200, { messages })).toEqual({
      kind: 'accepted',
      externalId: 'wamid.A',
      note: 'held_for_quality_assessment',
    });
    expect(answered(200, { messages: [{ id: 'wamid.A', message_status: 'accepted' }] })).toEqual({
      kind: 'accepted',
      externalId: 'wamid.A',
    });
  });

  it.each([
    [401, 'credentials_refused'],
    [403, 'permission_missing'],
    [404, 'rejected'],
    [408, 'answer_unreadable'],
    [413, 'content_too_long'],
    [429, 'throttled'],
    [302, 'provider_unavailable'],
    [500, 'answer_unreadable'],
    [502, 'answer_unreadable'],
  ])('falls back on the status %i where there is no code', (status, code) => {
    for (const body of ['<html></html>', {}, { error: 'down' }, { error: { message: 'down' } }]) {
      expect(answered(status, body)).toMatchObject({ code });
    }
  });
});

describe('whatsapp-cloud: a server error without a code', () => {
  it.each([500, 502, 503, 504])('%i may have been sent: it is held, not repeated', (status) => {
    const outcome = answered(status, '<html>Bad Gateway</html>');
    expect(outcome).toMatchObject({ kind: 'failed', code: 'answer_unreadable', mayBeOut: true });
    expect(failureRules.answer_unreadable.then).toBe('hold');
    expect(failureRules.no_answer.then).toBe('hold');
  });
});

describe('whatsapp-cloud: how long to wait', () => {
  it('takes Retry-After as a floor, not as a ceiling', () => {
    expect(delayOf(130_429, { 'retry-after': '30' })).toBe(30_000);
    expect(delayOf(131_016, { 'retry-after': '1' })).toBe(15_000);
    expect(delayOf(130_429, { 'retry-after': 'soon' })).toBe(1_000);
  });

  it('caps what an answer may ask for: an hour for a message, the longest of the table for others', () => {
    expect(delayOf(131_000, { 'retry-after': '999999999999' })).toBe(3_600_000);
    expect(delayOf(130_429, { 'retry-after': '9'.repeat(400) })).toBe(72 * 3_600_000);
  });

  it('takes the minutes that Meta estimates for an account', () => {
    expect(delayOf(80_007, business(19))).toBe(19 * 60_000);
    expect(delayOf(4, business(0))).toBe(60_000);
    expect(delayOf(130_429, business(19))).toBe(1_000);
  });

  it('lets the excess over 100 % of a moving hour age out', () => {
    expect(delayOf(4, { 'x-app-usage': '{"call_count":120,"total_time":25,"total_cputime":25}' })).toBe(600_000);
    expect(delayOf(4, { 'x-app-usage': '{"call_count":28,"total_time":25,"total_cputime":25}' })).toBe(60_000);
  });

  it.each(['', 'x', '[]', 'null', '{"a":1}', '{"a":[null]}', '{"call_count":"many"}'])(
    'ignores the header %j',
    (header) => {
      expect(delayOf(4, { 'x-app-usage': header, 'x-business-use-case-usage': header })).toBe(60_000);
    },
  );
});

describe('whatsapp-cloud: a failure told later', () => {
  it('is read by the same table, and is certain', () => {
    expect(late({ code: 131_000, title: 'Something went wrong' })).toEqual({
      kind: 'failed',
      code: 'provider_unavailable',
      scope: 'message',
      delayMs: 5_000,
      problem: { code: '131000', title: 'Something went wrong' },
    });
  });

  it('is final where its code is unknown or missing', () => {
    expect(late({ code: 987_654 })).toEqual({ kind: 'failed', code: 'rejected', problem: { code: '987654' } });
    expect(late({})).toEqual({ kind: 'failed', code: 'rejected', problem: { code: 'unknown' } });
  });
});
