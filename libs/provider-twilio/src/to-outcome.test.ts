import { describe, expect, it } from '@jest/globals';
import { errorTable } from './error-table.ts';
import { errorRows, nowMs, refusal } from './fixtures/error-rows.ts';
import { toLateFailure, toOutcome } from './to-outcome.ts';

const answered = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  toOutcome({ kind: 'answered', status, headers, body, text: '', durationMs: 1 }, nowMs);
const sid = 'SM00000000000000000000000000000001';

describe('twilio: what an answer means', () => {
  it('has each code in one row only, and every row is tried', () => {
    const codes = errorTable.flatMap(({ of }) => of.map((code) => (typeof code === 'number' ? [code, code] : code)));
    const sorted = codes.toSorted(([a = 0], [b = 0]) => a - b);
    const overlaps = sorted.filter(([from = 0], index) => index > 0 && from <= (sorted[index - 1]?.[1] ?? 0));
    expect(overlaps).toEqual([]);
    const tried = errorRows.map(({ name }) => Number(/\d+/u.exec(name)?.[0]));
    const untried = codes.filter(([from = 0, to = 0]) => !tried.some((code) => code >= from && code <= to));
    expect(untried).toEqual([]);
  });

  it('takes the sid, whatever state the message is in', () => {
    for (const status of ['queued', 'accepted', 'sent', undefined]) {
      expect(answered(201, { sid, status })).toEqual({ kind: 'accepted', externalId: sid });
    }
    expect(answered(201, { sid, status: 'levitating' })).toEqual({
      kind: 'accepted',
      externalId: sid,
      note: 'levitating',
    });
  });

  it('believes a message that is created as failed', () => {
    const body = { sid, status: 'failed', error_code: 63_016, error_message: 'Outside the window' };
    expect(answered(201, body)).toMatchObject({ kind: 'failed', code: 'window_closed' });
  });

  it('repeats after 20503 and holds every other 5xx', () => {
    expect(answered(503, { code: 20_503 })).toMatchObject({ code: 'provider_unavailable', delayMs: 15_000 });
    for (const body of [{ code: 20_500 }, { code: 20_003 }, {}, '', '<html>']) {
      expect(answered(503, body)).toMatchObject({ code: 'provider_failed', mayBeOut: true });
    }
  });

  it('waits as long as Retry-After says where that is longer, within reason', () => {
    const delayOf = (retryAfter: string) => {
      const outcome = toOutcome(refusal(20_429, 429, '', { 'retry-after': retryAfter }), nowMs);
      return outcome.kind === 'failed' ? outcome.delayMs : undefined;
    };
    expect(delayOf('7')).toBe(7_000);
    expect(delayOf('0')).toBe(100);
    expect(delayOf('x')).toBe(100);
    expect(delayOf('9'.repeat(400))).toBe(72 * 3_600_000);
  });

  it('keeps Twilio’s words and request id for people, without numbers', () => {
    const reply = refusal(21_211, 400, "Invalid 'To' Phone Number: +1555000XXXX", { 'twilio-request-id': 'RQa1' });
    expect(toOutcome(reply, nowMs)).toMatchObject({
      problem: { code: '21211', title: "Invalid 'To' Phone Number: …XXXX", status: 400, trace: 'RQa1' },
    });
  });
});

describe('twilio: a failure told later', () => {
  it('is read by the same table, and is certain', () => {
    expect(toLateFailure({ code: 63_018, message: 'Rate' }, nowMs)).toEqual({
      kind: 'failed',
      code: 'throttled',
      scope: 'channel',
      delayMs: 60_000,
      growth: 2,
      problem: { code: '63018', title: 'Rate' },
    });
    expect(toLateFailure({ code: 63_038 }, nowMs)).toMatchObject({ code: 'throttled', delayMs: 8 * 3_600_000 });
  });

  it('is final where its code is unknown, missing, or says nothing certain', () => {
    for (const code of [987_654, undefined, 20_500]) {
      const failure = toLateFailure({ code }, nowMs);
      expect(failure.code).toBe('rejected');
      expect(failure).not.toHaveProperty('mayBeOut');
    }
  });
});
