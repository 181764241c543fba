import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { sealingVariables } from './sealing-variables.ts';

const schema = z.object(sealingVariables);
const [key, other] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
const words = Buffer.from('correct horse battery staple!!!!').toString('base64');
const faultsOf = (keys: string, lookup: string) =>
  schema.safeParse({ POSTHORN_SEALING_KEYS: keys, POSTHORN_LOOKUP_KEY: lookup }).error?.issues ?? [];

describe('the variables of the keys', () => {
  it('take a ring and a look-up key', () => {
    expect(faultsOf(`k2:${key},k1:${other}`, key)).toEqual([]);
  });

  it('tell both faults at once, and show no key', () => {
    const faults = faultsOf(`k1:${key},secretish`, 'short-secret');
    expect(faults.map(({ path }) => path[0])).toEqual(['POSTHORN_SEALING_KEYS', 'POSTHORN_LOOKUP_KEY']);
    expect(JSON.stringify(faults)).not.toMatch(/secretish|short-secret/u);
  });

  it('refuse what can be guessed, and say how a good key is made', () => {
    const [sealing, lookup] = faultsOf(`k1:${words}`, words);
    expect(sealing?.message).toMatch(/the key "k1" is readable text.*posthorn secrets generate$/u);
    expect(lookup?.message).toMatch(/is readable text.*posthorn secrets generate --lookup$/u);
    expect(`${sealing?.message}${lookup?.message}`).not.toContain('horse');
  });

  it('take a guessable key that only opens: what it sealed is to be sealed anew', () => {
    expect(faultsOf(`k2:${key},k1:${words}`, key)).toEqual([]);
  });

  it('refuse the same key under two ids', () => {
    const [fault] = faultsOf(`k2:${key},k1:${key}`, key);
    expect(fault?.message).toContain('"k2" and "k1" are the same key');
  });
});
