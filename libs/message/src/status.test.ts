import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { eventTypeSchema } from './event.ts';
import { mayFollow, rankByStatus, statusSchema, type Status } from './status.ts';

const all = statusSchema.options;
const told = ['sent', 'delivered', 'read', 'played', 'failed'] as const;
const ends: readonly Status[] = ['failed', 'expired', 'cancelled'];

/** The state after these callbacks in this order. */
function after(start: Status, statuses: readonly Status[]): Status {
  return statuses.reduce((current, next) => (mayFollow(next, current) ? next : current), start);
}

describe('status', () => {
  it('ends the same for every order and number of the same callbacks', () => {
    const permuted = fc
      .array(fc.constantFrom(...told), { minLength: 1, maxLength: 8 })
      .chain((callbacks) =>
        fc.tuple(
          fc.constant(callbacks),
          fc.shuffledSubarray(callbacks, { minLength: callbacks.length }),
          fc.array(fc.constantFrom(...callbacks), { maxLength: 4 }),
        ),
      );
    fc.assert(
      fc.property(fc.constantFrom(...all), permuted, (start, [callbacks, shuffled, again]) => {
        expect(after(start, [...shuffled, ...again])).toBe(after(start, callbacks));
      }),
      { numRuns: 1_000 },
    );
  });

  it('only moves forward, so it ends: no status follows itself, and of two at most one follows the other', () => {
    for (const one of all) {
      expect(mayFollow(one, one)).toBe(false);
      for (const other of all) expect(mayFollow(one, other) && mayFollow(other, one)).toBe(false);
    }
  });

  it.each([
    ['submitted', 'accepted', true],
    ['submitted', 'held', true],
    ['held', 'accepted', true],
    ['held', 'submitted', false],
    ['sent', 'held', true],
    ['delivered', 'submitted', true],
    ['failed', 'sent', true],
    ['failed', 'delivered', false],
    ['failed', 'read', false],
    ['delivered', 'failed', true],
    ['sent', 'read', false],
    ['read', 'delivered', true],
    ['played', 'read', true],
    ['read', 'played', false],
    ['cancelled', 'sent', true],
    ['cancelled', 'delivered', false],
    ['expired', 'failed', false],
  ] as const)('%s after %s: %s', (next, current, expected) => {
    expect(mayFollow(next, current)).toBe(expected);
  });

  it('ranks the ends of one message alike: the first one stands', () => {
    expect(new Set(ends.map((status) => rankByStatus[status])).size).toBe(1);
  });

  it('has an event for each', () => {
    const events: readonly string[] = eventTypeSchema.options;
    for (const status of all) expect(events).toContain(`message.${status}`);
  });
});
