import { describe, expect, it } from '@jest/globals';
import { decide, failureRules } from '@posthorn/outcome';
import { errorTable } from './error-table.ts';
import { channelWith } from './fixtures/connected-channel.ts';
import { answer } from './fixtures/error-rows.ts';
import { kernel } from './kernel.ts';

const nowMs = 1_764_000_000_000;
const correlator = '5f0c3a52-6a9e-4c5e-9f0a-0a7b7c1d0001';
const asked = {
  operation: 'kernel.messages.send',
  method: 'POST',
  url: 'https://x.test',
  headers: { 'x-correlator': correlator },
} as const;
const channel = channelWith();
const isRecoverable = (status: number, body: unknown) => {
  const outcome = kernel.toOutcome(answer(status, body), nowMs);
  const { kind } = decide(outcome, { attempt: 1, waits: 0 }, 0.5);
  return kind === 'later';
};

describe('kernel: the two tables of the old bridge', () => {
  const all = Array.from({ length: 2_100 }, (_, code) => code);

  it('responseCode: these are recoverable and no other', () => {
    const recoverable = all.filter((code) => isRecoverable(400, { responseCode: code }));
    expect(recoverable).toEqual([429, 500, 1015, 1016, 1017, 1018]);
  });

  it('status: these are recoverable and no other (401 is the channel’s token)', () => {
    const statuses = Array.from({ length: 300 }, (_, index) => 300 + index);
    expect(statuses.filter((status) => isRecoverable(status, ''))).toEqual([
      401, 404, 408, 409, 413, 500, 502, 503, 504,
    ]);
  });

  it('hold no code twice, and no answer of an error is held', () => {
    for (const rows of [errorTable.responseCodes, errorTable.statuses]) {
      const codes = rows.flatMap(({ of }) => of);
      expect(new Set(codes).size).toBe(codes.length);
      expect(rows.filter(({ code }) => failureRules[code].then === 'hold')).toEqual([]);
    }
  });

  it('label a repeat as a possible duplicate after 408, 500, 502 and 504', () => {
    const labelled = Array.from({ length: 200 }, (_, index) => 400 + index).filter((status) => {
      const outcome = kernel.toOutcome(answer(status, ''), nowMs);
      return outcome.kind === 'failed' && outcome.mayBeOut === true && isRecoverable(status, '');
    });
    expect(labelled).toEqual([408, 500, 502, 504]);
  });

  it('wait after HTTP 429 only where the channel says so', () => {
    const reply = answer(429, '', { 'retry-after': '9' });
    expect(kernel.toOutcome(reply, nowMs)).toMatchObject({ code: 'rejected' });
    expect(channel.toOutcome?.(reply, nowMs, asked)).toMatchObject({ code: 'rejected' });
    const patient = channelWith({ retryHttp429: true });
    expect(patient.toOutcome?.(reply, nowMs, asked)).toMatchObject({
      code: 'throttled',
      scope: 'channel',
      delayMs: 9_000,
    });
  });

  it('give up after few tries where a repeat hardly helps', () => {
    const outcome = kernel.toOutcome(answer(404, ''), nowMs);
    expect(decide(outcome, { attempt: 4, waits: 0 }, 0).kind).toBe('later');
    expect(decide(outcome, { attempt: 5, waits: 0 }, 0).kind).toBe('dead');
  });
});

describe('kernel: the correlator', () => {
  const theirs = 'a1b2c3d4-0000-4000-8000-00000000000f';
  const outcomeOf = (reply: Parameters<typeof kernel.toOutcome>[0]) => channel.toOutcome?.(reply, nowMs, asked);

  it('of the answer is kept with an accepted message, or else the one that was sent', () => {
    const sent = { messages: [{ id: 'gBEG1' }] };
    expect(outcomeOf(answer(200, sent, { 'x-correlator': theirs }))).toMatchObject({ note: `x-correlator ${theirs}` });
    expect(outcomeOf(answer(200, sent))).toMatchObject({ note: `x-correlator ${correlator}` });
  });

  it('is the trace of a failure, also of one without an answer', () => {
    expect(outcomeOf(answer(503, '', { 'x-correlator': theirs }))).toMatchObject({ problem: { trace: theirs } });
    expect(outcomeOf(answer(400, { responseCode: 470 }))).toMatchObject({
      problem: { code: '470', trace: correlator },
    });
    for (const kind of ['not_sent', 'no_answer'] as const) {
      const outcome = outcomeOf({ kind, reason: 'timeout', durationMs: 1 });
      expect(outcome).toMatchObject({ problem: { code: 'timeout', trace: correlator } });
    }
  });

  it('is left out where it could be something else', () => {
    const outcome = kernel.toOutcome(answer(503, '', { 'x-correlator': '34600000001' }), nowMs);
    expect(outcome).not.toHaveProperty('problem.trace');
  });
});

describe('kernel: words for people', () => {
  it('are the answer’s, or else what the code means', () => {
    const problemOf = (status: number, body: unknown) => {
      const outcome = kernel.toOutcome(answer(status, body), nowMs);
      return outcome.kind === 'failed' ? outcome.problem : null;
    };
    expect(problemOf(400, { responseCode: 470 })).toMatchObject({
      code: '470',
      title: 'outside the 24 hour window: use a template',
    });
    expect(problemOf(400, { responseCode: 470, message: 'Re-engagement message' })).toMatchObject({
      title: 'Re-engagement message',
    });
    expect(problemOf(403, { status: 403, code: 'PERMISSION_DENIED', message: 'No' })).toEqual({
      code: 'PERMISSION_DENIED',
      title: 'No',
      status: 403,
    });
    expect(problemOf(400, { exceptionId: 'SVC1000', exceptionText: 'No' })).toMatchObject({
      code: 'SVC1000',
      title: 'No',
    });
    expect(problemOf(502, '<html></html>')).toMatchObject({ code: 'http_502', status: 502 });
  });
});
