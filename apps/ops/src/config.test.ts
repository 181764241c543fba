import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { opsConfigSchema } from './config.ts';

const key = randomBytes(32).toString('base64');
const least = { POSTHORN_SEALING_KEYS: `k1:${key}`, POSTHORN_LOOKUP_KEY: key };

describe('ops: configuration', () => {
  it('is off unless a password is set', () => {
    const config = opsConfigSchema.parse(least);
    expect(config.POSTHORN_OPS_PASSWORD).toBeUndefined();
    expect(config).toMatchObject({ POSTHORN_OPS_PORT: 8081, POSTHORN_OPS_USER: 'ops' });
  });

  it('reads more people, whose passwords may hold colons', () => {
    const { POSTHORN_OPS_LOGINS } = opsConfigSchema.parse({
      ...least,
      POSTHORN_OPS_LOGINS: 'anna:operator:correct:horse:battery, vera:viewer:only-looks-at-it,',
    });
    expect(POSTHORN_OPS_LOGINS).toEqual([
      { user: 'anna', role: 'operator', password: 'correct:horse:battery' },
      { user: 'vera', role: 'viewer', password: 'only-looks-at-it' },
    ]);
  });

  it('never shows a password in what it says of a fault', () => {
    const { error } = opsConfigSchema.safeParse({ ...least, POSTHORN_OPS_LOGINS: 'anna:boss:correct-horse-battery' });
    expect(JSON.stringify(error?.issues)).not.toContain('horse');
  });

  it.each([
    ['a short password', { POSTHORN_OPS_PASSWORD: 'short' }],
    ['a user with a colon, where its name would end', { POSTHORN_OPS_USER: 'a:b' }],
    ['a role that is none', { POSTHORN_OPS_LOGINS: 'anna:boss:correct-horse-battery' }],
    ['a short password of a viewer', { POSTHORN_OPS_LOGINS: 'vera:viewer:short' }],
    ['a name twice', { POSTHORN_OPS_LOGINS: 'vera:viewer:correct-horse-1,vera:operator:correct-horse-2' }],
    ['a Redis that is no URL', { REDIS_URL: 'localhost' }],
  ])('refuses %s', (_name, changes) => {
    expect(opsConfigSchema.safeParse({ ...least, ...changes }).success).toBe(false);
  });
});
