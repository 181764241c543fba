import { describe, expect, it } from '@jest/globals';
import { parseKeyRing } from './key-ring.ts';

const keyOf = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const lookup = keyOf(9);

describe('key ring', () => {
  it('seals with the first key and knows all', () => {
    const ring = parseKeyRing(`new:${keyOf(2)}, old:${keyOf(1)}`, lookup);
    expect(ring.currentId).toBe('new');
    expect([...ring.keyById.keys()]).toEqual(['new', 'old']);
    expect(ring.keyById.get('old')).toEqual(Buffer.alloc(32, 1));
  });

  it('reads base64url and base64 without padding', () => {
    const key = Buffer.alloc(32, 0xfb);
    for (const text of [key.toString('base64url'), key.toString('base64'), key.toString('base64').replace('=', '')]) {
      expect(parseKeyRing(`a:${text}`, lookup).keyById.get('a')).toEqual(key);
    }
  });

  it.each([
    ['', 1],
    ['nothing', 1],
    [`:${keyOf(1)}`, 1],
    [`a b:${keyOf(1)}`, 1],
    [`${'x'.repeat(17)}:${keyOf(1)}`, 1],
    [`a:${Buffer.alloc(31, 1).toString('base64')}`, 1],
    [`a:${Buffer.alloc(33, 1).toString('base64')}`, 1],
    [`a:${keyOf(1)},`, 2],
    [`a:${keyOf(1)},b:short`, 2],
  ])('refuses %j, and names key number %i', (keys, number) => {
    expect(() => parseKeyRing(keys, lookup)).toThrow(`key number ${number} is not`);
  });

  it('refuses the same id twice', () => {
    expect(() => parseKeyRing(`a:${keyOf(1)},a:${keyOf(2)}`, lookup)).toThrow('the key id "a" is there twice');
  });

  it('refuses the same key under two ids: nothing would be rotated', () => {
    expect(() => parseKeyRing(`a:${keyOf(1)},b:${keyOf(2)},c:${keyOf(1)}`, lookup)).toThrow(
      '"a" and "c" are the same key',
    );
  });

  it.each(['', 'short', keyOf(1).slice(4)])('refuses the look-up key %j', (text) => {
    expect(() => parseKeyRing(`a:${keyOf(1)}`, text)).toThrow('look-up key: expected base64 of 32 bytes');
  });

  it('never shows a key in what it says', () => {
    const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ';
    for (const [keys, text] of [
      [`a:${secret}`, lookup],
      [`a:${keyOf(1)}`, secret],
      [`a:${keyOf(1)},a:${keyOf(1)}`, lookup],
    ] as const) {
      const said = saidBy(() => parseKeyRing(keys, text));
      expect(said).not.toBe('');
      expect(said).not.toContain(secret);
      expect(said).not.toContain(keyOf(1));
    }
  });
});

function saidBy(run: () => unknown): string {
  try {
    run();
    return '';
  } catch (error) {
    return String(error);
  }
}
