import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { judgeKey } from './judge-key.ts';

const ascending = Buffer.from(Array.from({ length: 32 }, (_, at) => at));
/** A random key that never changes. */
const fair = Buffer.from('1xh9bLqkQ0l3vJ8y2oZt7Rj5Wm4sUeNfXcA6dGpHiTE=', 'base64');

describe('a guessable key', () => {
  it.each([
    ['zeros', Buffer.alloc(32), 'is one byte, repeated'],
    ['base64 of A alone', Buffer.from('A'.repeat(43), 'base64'), 'is one byte, repeated'],
    ['one byte', Buffer.alloc(32, 0xfb), 'is one byte, repeated'],
    ['0, 1, 2 …', ascending, 'counts up or down'],
    ['31, 30 …', ascending.toReversed(), 'counts up or down'],
    ['in sevens, over the end of a byte', Buffer.from(ascending.map((byte) => byte * 7 + 200)), 'counts up or down'],
    ['words', Buffer.from('correct horse battery staple!!!!'), 'is readable text'],
    ['words with accents', Buffer.from('ein Schlüssel für alle, ätsch!!'.slice(0, 28).padEnd(28)), 'is readable text'],
    ['hexadecimal digits', Buffer.from('0123456789abcdef0123456789abcdef'), 'is readable text'],
    ['the same half twice', Buffer.concat([fair.subarray(0, 16), fair.subarray(0, 16)]), 'repeats itself'],
    ['few bytes', Buffer.from(Array.from({ length: 32 }, (_, at) => fair[(at * at) % 15] ?? 0)), 'follows a pattern'],
    ['two that take turns', Buffer.from(ascending.map((byte) => (byte % 2) * 90 + byte * 3)), 'follows a pattern'],
    [
      'small words in place of base64',
      Buffer.from('thisismyverysecretsealingkeypleasedonttellx', 'base64'),
      'reads like words',
    ],
    ['words with a capital', Buffer.from('Thisismyverysecretsealingkeypleasedonttellx', 'base64'), 'reads like words'],
    ['digits in place of base64', Buffer.from('1234567890'.repeat(5).slice(0, 43), 'base64'), 'follows a pattern'],
  ])('is seen: %s', (_name, key, fault) => {
    expect(judgeKey(key)).toBe(fault);
  });

  it('is no random one', () => {
    expect(judgeKey(fair)).toBeNull();
    for (let tries = 0; tries < 5_000; tries += 1) expect(judgeKey(randomBytes(32))).toBeNull();
  });
});
