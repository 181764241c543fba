import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { mediaIdSchema } from '@posthorn/message';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { parseRange } from './parse-range.ts';
import { sha256Fits } from './sha256-fits.ts';
import { createSignedLinks } from './signed-links.ts';

const id = mediaIdSchema.parse('med_01JD8T0Z5R4YV3W2X1Q0P9N8M7');
const key = randomBytes(32).toString('base64');
const ring = () => createSealer(parseKeyRing(`k1:${key}`, key));

describe('signed links', () => {
  let nowMs = 1_764_000_000_000;
  const clock = { now: () => nowMs };
  const links = createSignedLinks({ sealer: ring(), clock });

  it('any copy with the same keys reads the links of another, until they end', () => {
    const token = links.toToken(id, 86_400_000);
    const other = createSignedLinks({ sealer: ring(), clock });
    expect(other.readToken(token)).toMatchObject({ kind: 'valid', id });
    nowMs += 86_400_001;
    expect(other.readToken(token)).toEqual({ kind: 'expired' });
  });

  it.each([
    ['nothing', () => ''],
    ['another file', (token: string) => token.replace('01JD', '01JE')],
    ['a later end', (token: string) => token.replace(/\.[0-9a-z]+\./u, '.zzzzzz.')],
    ['another proof', (token: string) => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`],
    ['a cut proof', (token: string) => token.slice(0, -1)],
    ['a path', () => '../../etc/passwd'],
  ])('refuses %s', (_name, change) => {
    expect(links.readToken(change(links.toToken(id, 60_000)))).toEqual({ kind: 'wrong' });
  });
});

describe('what a Range header asks of 100 bytes', () => {
  it.each([
    [undefined, { kind: 'whole' }],
    ['bytes=0-9', { kind: 'part', start: 0, end: 9 }],
    ['bytes=90-', { kind: 'part', start: 90, end: 99 }],
    ['bytes=-10', { kind: 'part', start: 90, end: 99 }],
    ['bytes=-500', { kind: 'part', start: 0, end: 99 }],
    ['bytes=50-500', { kind: 'part', start: 50, end: 99 }],
    ['bytes=100-', { kind: 'outside' }],
    ['bytes=-0', { kind: 'outside' }],
    ['bytes=9-1', { kind: 'whole' }],
    ['bytes=0-1,5-6', { kind: 'whole' }],
    ['lines=1-2', { kind: 'whole' }],
    ['bytes=-', { kind: 'whole' }],
  ])('%s', (header, expected) => {
    expect(parseRange(header, 100)).toEqual(expected);
  });
});

it('a digest fits in hex and in base64', () => {
  const hex = 'ab'.repeat(32);
  expect(sha256Fits(hex.toUpperCase(), hex)).toBe(true);
  expect(sha256Fits(Buffer.from(hex, 'hex').toString('base64'), hex)).toBe(true);
  expect(sha256Fits(Buffer.from('cd'.repeat(32), 'hex').toString('base64'), hex)).toBe(false);
});
