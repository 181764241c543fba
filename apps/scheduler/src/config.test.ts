import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { schedulerConfigSchema } from './config.ts';

describe('the defaults of the scheduler', () => {
  it('give a message that lost its job a new one within 60 s', () => {
    const key = randomBytes(32).toString('base64');
    const config = schedulerConfigSchema.parse({ POSTHORN_SEALING_KEYS: `k1:${key}`, POSTHORN_LOOKUP_KEY: key });
    // Idle so long, seen by the next sweep; the rest is for the sweep itself.
    expect(config.POSTHORN_HEAD_IDLE_MS + config.POSTHORN_SWEEP_MS).toBeLessThanOrEqual(55_000);
  });
});
