import { describe, expect, it } from '@jest/globals';
import { retryAfterMs } from './retry-after.ts';

const nowMs = Date.parse('2026-11-21T10:00:00Z');
const read = (value: string, date?: string) =>
  retryAfterMs({ 'retry-after': value, ...(date !== undefined && { date }) }, nowMs);

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 120 ', 120_000],
    ['007', 7_000],
    ['Sat, 21 Nov 2026 10:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
  ])('%j is %i ms', (value, expected) => {
    expect(read(value)).toBe(expected);
  });

  it.each(['', ' ', '-1', '1.5', '1e3', '0x10', '1,5', '120, 120', 'soon', 'Sat, soon', '2026-11-21T10:00:30Z', '∞'])(
    '%j is not read',
    (value) => {
      expect(read(value)).toBeNull();
    },
  );

  it('is null where there is none', () => {
    expect(retryAfterMs({}, nowMs)).toBeNull();
  });

  it('reckons dates against the answer’s own clock', () => {
    expect(read('Sat, 21 Nov 2026 12:00:30 GMT', 'Sat, 21 Nov 2026 12:00:00 GMT')).toBe(30_000);
    expect(read('Sat, 21 Nov 2026 10:00:30 GMT', 'rubbish')).toBe(30_000);
  });
});
