import { describe, expect, it } from '@jest/globals';
import { opsConfigSchema } from './config.ts';

const key = Buffer.alloc(32, 1).toString('base64');
const least = { POSTHORN_SEALING_KEYS: `k1:${key}`, POSTHORN_LOOKUP_KEY: key };

describe('ops: configuration', () => {
  it('is off unless a password is set', () => {
    const config = opsConfigSchema.parse(least);
    expect(config.POSTHORN_OPS_PASSWORD).toBeUndefined();
    expect(config).toMatchObject({ POSTHORN_OPS_PORT: 8081, POSTHORN_OPS_USER: 'ops' });
  });

  it.each([
    ['a short password', { POSTHORN_OPS_PASSWORD: 'short' }],
    ['a user with a colon, where its name would end', { POSTHORN_OPS_USER: 'a:b' }],
    ['a Redis that is no URL', { REDIS_URL: 'localhost' }],
  ])('refuses %s', (_name, changes) => {
    expect(opsConfigSchema.safeParse({ ...least, ...changes }).success).toBe(false);
  });
});
