import { describe, expect, it } from '@jest/globals';
import { readIdempotencyKey } from './idempotency-key.ts';

describe('an Idempotency-Key', () => {
  it.each([
    ['"8e03978e-40d5"', '8e03978e-40d5'],
    ['8e03978e-40d5', '8e03978e-40d5'],
    [' "a" ', 'a'],
    [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
    ['x'.repeat(255), 'x'.repeat(255)],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
  ])('%j is read as %j', (header, key) => {
    expect(readIdempotencyKey(header)).toEqual({ kind: 'key', key });
  });

  it.each([
    '',
    '""',
    '"a',
    '"a"b"',
    'a b',
    'ü',
    'x'.repeat(256),
    `"${'x'.repeat(256)}"`,
    String.raw`"a\b"`,
    ['a', 'b'],
  ])('%j is none', (header) => {
    expect(readIdempotencyKey(header)).toEqual({ kind: 'invalid' });
  });

  it('may be left out', () => {
    expect(readIdempotencyKey(undefined)).toEqual({ kind: 'none' });
  });
});
