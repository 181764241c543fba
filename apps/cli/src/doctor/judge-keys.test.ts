import { describe, expect, it } from '@jest/globals';
import { parseKeyRing } from '@posthorn/sealing';
import type { KeyUse } from '@posthorn/rotation';
import { newKeys } from '../keys-file.ts';
import { judgeKeys } from './judge-keys.ts';

const { sealingKeys: k1, lookupKey } = newKeys();
const k2 = newKeys().sealingKeys.replace('k1:', 'k2:');
const ring = parseKeyRing(`${k2},${k1}`, lookupKey);
const rotated: KeyUse = { keys: [{ id: 'k2', here: 'first' }], rings: [['k2', 'k1']], isLookupKeyTheSame: true };
const troubles = (use: Partial<KeyUse>, given = ring): readonly string[] =>
  judgeKeys({ ...rotated, ...use }, given).flatMap(({ check, level }) =>
    level === 'ok' ? [] : [`${level}: ${check}`],
  );

describe('what doctor says of keys', () => {
  it('is content after a rotation, and with a fleet that has not noted any', () => {
    expect(troubles({})).toEqual([]);
    expect(troubles({ keys: [], rings: [], isLookupKeyTheSame: null })).toEqual([]);
  });

  it.each<[string, Partial<KeyUse>, string]>([
    ['a key in use that is not here', { keys: [{ id: 'k0', here: 'missing' }] }, 'failure: keys in use'],
    ['another key under its id', { keys: [{ id: 'k2', here: 'another' }] }, 'failure: keys in use'],
    ['another look-up key', { isLookupKeyTheSame: false }, 'failure: keys in use'],
    ['an app without the first key', { rings: [['k2', 'k1'], ['k1']] }, 'warning: keys of apps'],
    ['an app that seals with a former key', { rings: [['k1', 'k2']] }, 'warning: keys of apps'],
    ['a former key that may be in use', { keys: [{ id: 'k1', here: 'behind' }] }, 'warning: former keys'],
  ])('tells of %s', (_name, use, trouble) => {
    expect(troubles(use)).toEqual([trouble]);
    expect(judgeKeys({ ...rotated, ...use }, ring)[0]?.remedy).toMatch(/\w/u);
  });

  it('tells of a guessable key that only opens, without showing it', () => {
    const words = Buffer.from('correct horse battery staple!!!!').toString('base64');
    const given = parseKeyRing(`${k2},k0:${words}`, lookupKey);
    expect(troubles({}, given)).toEqual(['warning: guessable keys']);
    expect(JSON.stringify(judgeKeys(rotated, given))).not.toContain(words.slice(0, 8));
  });
});
