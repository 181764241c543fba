import { describe, expect, it } from '@jest/globals';
import { decide, failureCodes, failureRules } from '@posthorn/outcome';
import type { HttpReply, HttpRequest } from '@posthorn/runtime';
import * as fc from 'fast-check';
import { connected } from './connected.ts';
import type { ProviderCase } from './provider-case.ts';

const nowMs = 1_764_000_000_000;
const codes: ReadonlySet<string> = new Set(failureCodes());

function answered(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpReply {
  return { kind: 'answered', status, headers, body, text: '', durationMs: 1 };
}

export function describeOutcomes(subject: ProviderCase): void {
  const { provider, accepts, refuses, replies, repeatsAfter = [] } = subject;
  const request: HttpRequest = { operation: `${provider.id}.send`, method: 'POST', url: subject.baseUrl, headers: {} };
  const toOutcome = (reply: HttpReply) =>
    connected(subject).toOutcome?.(reply, nowMs, request) ?? provider.toOutcome(reply, nowMs);
  const thenOf = (reply: HttpReply) => {
    const outcome = toOutcome(reply);
    return outcome.kind === 'accepted' ? 'accepted' : failureRules[outcome.code].then;
  };

  describe('outcomes', () => {
    it('takes the id of an accepted message', () => {
      expect(toOutcome(accepts('their-id-1'))).toMatchObject({
        kind: 'accepted',
        externalId: 'their-id-1',
      });
    });

    it('retries what never left', () => {
      const outcome = toOutcome({ kind: 'not_sent', reason: 'ECONNREFUSED', durationMs: 1 });
      expect(outcome).toMatchObject({ kind: 'failed', code: 'unreachable' });
      expect(outcome).not.toHaveProperty('mayBeOut');
    });

    it('holds what got no answer: never a blind repeat', () => {
      for (const reason of ['timeout', 'ECONNRESET', 'aborted']) {
        expect(thenOf({ kind: 'no_answer', reason, durationMs: 1 })).toBe('hold');
      }
    });

    it.each([undefined, null, '', 'OK', '<html></html>', {}, [], { id: 7 }, 200])(
      'holds a success that cannot be read: %j',
      (body) => {
        expect(thenOf(answered(200, body))).toBe('hold');
      },
    );

    it.each([500, 502, 503, 504])('does not blindly repeat after a bare %i, without idempotency', (status) => {
      const then = thenOf(answered(status, '<html>Bad gateway</html>'));
      expect(provider.capabilities.idempotent || repeatsAfter.includes(status) || then === 'hold').toBe(true);
    });

    it('waits after a bare 429, as long as Retry-After says', () => {
      const outcome = toOutcome(answered(429, '', { 'retry-after': '17' }));
      expect(outcome).toMatchObject({ kind: 'failed', delayMs: 17_000 });
      expect(thenOf(answered(429, ''))).toBe('wait');
    });

    it.each(replies)('$name', ({ reply, expected }) => {
      const { kind: _, problem: __, ...said } = { problem: undefined, ...toOutcome(reply) };
      expect(said).toEqual(expected);
    });

    it('keeps phone numbers out of what it says', () => {
      const words = 'to +15550001111, 1 (555) 000-1111, 00491711234567 and wamid.HBgLMTU1NTAwMDExMTEVAgARGBI=';
      const said = JSON.stringify(toOutcome(refuses(words)));
      expect(said).not.toMatch(/\d(?:[\s().-]{0,2}\d){6,}/u);
      expect(said).not.toContain('HBgL');
    });

    it('means something for any answer, and never throws', () => {
      const oddHeaders = fc.dictionary(
        fc.constantFrom('retry-after', 'date', 'x-app-usage', 'x-business-use-case-usage', 'content-type'),
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.integer().map(String),
          fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
        ),
      );
      const body = fc.oneof(
        fc.jsonValue(),
        fc.string(),
        fc.record({ error: fc.record({ code: fc.oneof(fc.integer(), fc.jsonValue()), message: fc.jsonValue() }) }),
        fc.record({ code: fc.integer(), message: fc.string() }),
      );
      const reply = fc.tuple(fc.integer({ min: 200, max: 599 }), body, oddHeaders);
      fc.assert(
        fc.property(reply, fc.nat(60), fc.nat(60), ([status, given, headers], attempt, waits) => {
          const outcome = toOutcome(answered(status, given, headers));
          const delayMs = outcome.kind === 'failed' ? (outcome.delayMs ?? 0) : 0;
          expect(outcome.kind === 'accepted' || codes.has(outcome.code)).toBe(true);
          expect(Number.isFinite(delayMs) && delayMs >= 0).toBe(true);
          const disposition = decide(outcome, { attempt: attempt + 1, waits }, 0.5);
          const afterMs = disposition.kind === 'later' ? disposition.afterMs : 1;
          expect(Number.isSafeInteger(afterMs) && afterMs > 0).toBe(true);
        }),
        { numRuns: 500 },
      );
    });
  });
}
