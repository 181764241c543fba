import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { envBoolean, envDurationMs, envInteger, envPort } from './env-schemas.ts';
import { readConfig } from './read-config.ts';

const schema = z.object({
  REDIS_URL: z.url({ error: 'expected a URL such as redis://localhost:6379' }),
  POSTHORN_PORT: envPort(8080),
  POSTHORN_CONCURRENCY: envInteger({ min: 1, max: 100, default: 50 }),
  POSTHORN_GRACE: envDurationMs({ min: 1000, default: 30_000 }),
  POSTHORN_TRACE: envBoolean(false),
  POSTHORN_SEALING_KEY: z.string().length(44, { error: 'expected 32 bytes in base64' }),
});
const key = 'k'.repeat(44);

function faultsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
  }
  return [];
}

describe('readConfig', () => {
  it('gives values in their units, defaults where nothing or the empty string is set, and ignores other variables', () => {
    const env = {
      REDIS_URL: 'redis://a:1',
      POSTHORN_SEALING_KEY: key,
      POSTHORN_GRACE: '2m',
      POSTHORN_PORT: '',
      POSTHORN_TRACE: 'on',
      HOME: '/',
    };
    expect(readConfig(schema, env)).toEqual({
      REDIS_URL: 'redis://a:1',
      POSTHORN_PORT: 8080,
      POSTHORN_CONCURRENCY: 50,
      POSTHORN_GRACE: 120_000,
      POSTHORN_TRACE: true,
      POSTHORN_SEALING_KEY: key,
    });
  });

  it('names every fault at once: what was expected, what came, what to do', () => {
    expect(
      faultsOf({
        POSTHORN_PORT: '70000',
        POSTHORN_CONCURRENCY: 'many',
        POSTHORN_GRACE: '10 parsecs',
        POSTHORN_TRACE: 'maybe',
        POSTHORN_SEALING_KEY: key,
      }),
    ).toEqual([
      'REDIS_URL: expected a URL such as redis://localhost:6379, but it is not set; set REDIS_URL.',
      'POSTHORN_PORT: expected a whole number from 0 to 65535, got "70000"; correct POSTHORN_PORT, or unset it for its default.',
      'POSTHORN_CONCURRENCY: expected a whole number from 1 to 100, got "many"; correct POSTHORN_CONCURRENCY, or unset it for its default.',
      'POSTHORN_GRACE: expected a duration such as 250ms, 10s, 5m or 24h of at least 1000ms, got "10 parsecs"; correct POSTHORN_GRACE, or unset it for its default.',
      'POSTHORN_TRACE: expected true or false, got "maybe"; correct POSTHORN_TRACE, or unset it for its default.',
    ]);
  });

  it('never shows a secret, by the name of the variable or inside a URL', () => {
    const text = faultsOf({ REDIS_URL: 'nonsense://user:hunter2@', POSTHORN_SEALING_KEY: 'hunter2' }).join('\n');
    expect(text).toContain('POSTHORN_SEALING_KEY: expected 32 bytes in base64');
    expect(text).not.toContain('hunter2');
  });

  it('rephrases what zod says by itself', () => {
    const own = z.object({ LEVEL: z.enum(['info', 'warn']), NAME: z.string() });
    expect(() => readConfig(own, { LEVEL: 'loud' })).toThrow(
      /LEVEL: .*"info"\|"warn", got "loud"; correct LEVEL\.\n {2}NAME: expected string, but it is not set; set NAME\./u,
    );
  });
});

describe('envDurationMs', () => {
  it.each([
    ['250', 250],
    ['250ms', 250],
    ['1.5s', 1500],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
  ])('reads %s', (text, ms) => {
    expect(envDurationMs().parse(text)).toBe(ms);
  });
});
