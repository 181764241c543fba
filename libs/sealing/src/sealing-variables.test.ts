import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { sealingVariables } from './sealing-variables.ts';

const schema = z.object(sealingVariables);
const key = Buffer.alloc(32, 7).toString('base64');

describe('the variables of the keys', () => {
  it('take a ring and a look-up key', () => {
    expect(schema.safeParse({ POSTHORN_SEALING_KEYS: `k2:${key},k1:${key}`, POSTHORN_LOOKUP_KEY: key }).success).toBe(
      true,
    );
  });

  it('tell both faults at once, and show no key', () => {
    const faults =
      schema.safeParse({ POSTHORN_SEALING_KEYS: `k1:${key},secretish`, POSTHORN_LOOKUP_KEY: 'short-secret' }).error
        ?.issues ?? [];
    expect(faults.map(({ path }) => path[0])).toEqual(['POSTHORN_SEALING_KEYS', 'POSTHORN_LOOKUP_KEY']);
    expect(JSON.stringify(faults)).not.toMatch(/secretish|short-secret/u);
  });
});
