import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { envDurationMs, envInteger, envPort, envRedisUrl } from './env-schemas.ts';
import { readConfig } from './read-config.ts';
import { parseRedisAddress, withoutPasswords } from './redis-address.ts';

const schema = z.object({
  REDIS_URL: z.url({ error: 'expected a URL such as redis://localhost:6379' }),
  POSTHORN_PORT: envPort(8080),
  POSTHORN_CONCURRENCY: envInteger({ min: 1, max: 100, default: 50 }),
  POSTHORN_GRACE: envDurationMs({ min: 1000, default: 30_000 }),
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
      HOME: '/',
    };
    expect(readConfig(schema, env)).toEqual({
      REDIS_URL: 'redis://a:1',
      POSTHORN_PORT: 8080,
      POSTHORN_CONCURRENCY: 50,
      POSTHORN_GRACE: 120_000,
      POSTHORN_SEALING_KEY: key,
    });
  });

  it('names every fault at once: what was expected, what came, what to do', () => {
    expect(
      faultsOf({
        POSTHORN_PORT: '70000',
        POSTHORN_CONCURRENCY: 'many',
        POSTHORN_GRACE: '10 parsecs',
        POSTHORN_SEALING_KEY: key,
      }),
    ).toEqual([
      'REDIS_URL: expected a URL such as redis://localhost:6379, but it is not set; set REDIS_URL.',
      'POSTHORN_PORT: expected a whole number from 0 to 65535, got "70000"; correct POSTHORN_PORT, or unset it for its default.',
      'POSTHORN_CONCURRENCY: expected a whole number from 1 to 100, got "many"; correct POSTHORN_CONCURRENCY, or unset it for its default.',
      'POSTHORN_GRACE: expected a duration such as 250ms, 10s, 5m or 24h of at least 1000ms, got "10 parsecs"; correct POSTHORN_GRACE, or unset it for its default.',
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

describe('REDIS_URL', () => {
  const parsed = (text: string): unknown => {
    const result = parseRedisAddress(text);
    return result.kind === 'ok' ? result.address : result.says;
  };

  it('names one server', () => {
    const url = 'rediss://app:secret@redis.example:6380/2';
    expect(parsed(url)).toEqual({ kind: 'server', url, place: 'redis.example:6380' });
  });

  it('names sentinels and what they call the master, with logins for both', () => {
    const url =
      'rediss+sentinel://app:p%2Fw@a.example,[::1]:26380/my-master?db=2&sentinelUsername=s&sentinelPassword=t';
    expect(parsed(url)).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: 'a.example', port: 26_379 },
        { host: '::1', port: 26_380 },
      ],
      master: 'my-master',
      database: 2,
      login: { username: 'app', password: 'p/w' },
      sentinelLogin: { username: 's', password: 't' },
      tls: true,
      place: 'a.example:26379,::1:26380',
    });
  });

  it('names nodes of a cluster', () => {
    expect(parsed('redis+cluster://:secret@10.0.0.1:7000,10.0.0.2')).toEqual({
      kind: 'cluster',
      nodes: [
        { host: '10.0.0.1', port: 7000 },
        { host: '10.0.0.2', port: 6379 },
      ],
      login: { password: 'secret' },
      tls: false,
      place: '10.0.0.1:7000,10.0.0.2:6379',
    });
  });

  it.each([
    ['http://redis:6379', 'expected redis://host:6379, redis+sentinel://'],
    ['redis', 'expected redis://host:6379'],
    ['redis+sentinel://a:1,b:2', 'expected the name of the master'],
    ['redis+sentinel://a:1/', 'expected the name of the master'],
    ['redis+sentinel://a:1/m?timeout=3', 'expected no other parameters than db'],
    ['redis+sentinel://a:1/m?db=two', 'expected no other parameters than db'],
    ['redis+cluster://a:1,,b:2', 'expected hosts like'],
    ['redis+cluster://a:70000', 'expected hosts like'],
    ['redis+cluster://a:1/3', 'expected no path'],
    ['redis+cluster://x:%E0%A4%A@a:1', 'expected "user:password@"'],
  ])('is refused as %s', (text, says) => {
    expect(parsed(text)).toContain(says);
  });

  it('is shown without its passwords, of the sentinels, too', () => {
    const url = 'redis+sentinel://app:word-1@a:1,b:2/m?sentinelPassword=word-2';
    expect(withoutPasswords(url)).toBe('redis+sentinel://…@a:1,b:2/m?sentinelPassword=…');
    const read = (): unknown => readConfig(z.object({ REDIS_URL: envRedisUrl() }), { REDIS_URL: `${url}&db=x` });
    expect(read).toThrow('expected no other parameters');
    expect(read).not.toThrow(/word-/u);
  });
});
