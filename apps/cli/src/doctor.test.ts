import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { demoProviders } from './demo-providers.ts';
import { readKeys } from './keys-file.ts';
import { homeOf } from './home.ts';
import { fleetEnv, startUp, tempHome, testRedisUrl } from './testing/run-cli.ts';
import { runHere as run } from './testing/run-here.ts';

const home = tempHome();
const env = fleetEnv(home.dir);
const redis = new Redis(testRedisUrl());
let up: Awaited<ReturnType<typeof startUp>>;

beforeAll(async () => {
  await redis.flushdb();
  up = await startUp(env);
});
afterAll(async () => {
  up.kill('SIGTERM');
  await up.done;
  await redis.quit();
  home.remove();
});

const reportSchema = z.object({
  ok: z.boolean(),
  findings: z.array(
    z.object({ check: z.string(), level: z.string(), says: z.string(), remedy: z.string().optional() }),
  ),
});
async function report(given: Readonly<Record<string, string>>, ...options: readonly string[]) {
  const { code, stdout } = await run(['doctor', '--json', ...options], given);
  const { ok, findings } = reportSchema.parse(JSON.parse(stdout));
  const of = (level: string) => findings.filter((one) => one.level === level).map(({ check }) => check);
  return { code, ok, of, stdout };
}

describe('posthorn doctor', () => {
  it('finds a fleet that runs in order, and shows no secret', async () => {
    const { code, ok, of, stdout } = await report(env);
    expect({ code, ok, failures: of('failure') }).toEqual({ code: 0, ok: true, failures: [] });
    for (const { channelId } of demoProviders)
      expect(of('ok')).toEqual(
        expect.arrayContaining([`channel ${channelId}: worker`, `channel ${channelId}: credentials`]),
      );
    expect(of('ok')).toEqual(
      expect.arrayContaining(['redis', 'keys', 'keys in use', 'public address', 'channel demo-kernel: token']),
    );
    const keys = readKeys(homeOf(env));
    for (const secret of [keys?.lookupKey, ...Object.values(keys?.sandbox ?? {})]) expect(stdout).not.toContain(secret);
  });

  it('says what is broken and what to do, and ends with 1', async () => {
    const forSandbox = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const fault = { match: { provider: 'kernel', operation: 'token' }, action: { kind: 'http', status: 401 } };
    await fetch(`${up.sandboxUrl}/_sandbox/faults`, { ...forSandbox, body: JSON.stringify(fault) });
    const broken = await report({ ...env, POSTHORN_PUBLIC_URL: 'http://127.0.0.1:1', POSTHORN_SWEEP_MS: 'soon' });
    expect(broken).toMatchObject({ code: 1, ok: false });
    expect(broken.of('failure')).toEqual(expect.arrayContaining(['configuration', 'public address']));
    expect([...broken.of('failure'), ...broken.of('warning')]).toContain('channel demo-kernel: credentials');
    const spared = await report(env, '--no-providers');
    expect(spared.code).toBe(0);

    const table = await run(['doctor'], { ...env, POSTHORN_PUBLIC_URL: 'http://127.0.0.1:1' });
    expect(table.stdout).toMatch(/✗\s+public address\s.*To do: look at the proxy/u);
  });

  it('tells of keys that are not on the ring, and of a Redis that is not there', async () => {
    const key = randomBytes(32).toString('base64');
    const others = await report({ ...env, POSTHORN_SEALING_KEYS: `k9:${key}`, POSTHORN_LOOKUP_KEY: key });
    expect(others).toMatchObject({ code: 1 });
    expect(others.of('failure')).toEqual(expect.arrayContaining(['keys', 'keys in use']));
    const away = await report({ ...env, REDIS_URL: 'redis://user:hush@127.0.0.1:1' });
    expect(away).toMatchObject({ code: 1, stdout: expect.not.stringContaining('hush') });
    expect(away.of('failure')).toContain('redis');
  });

  it('asks the buckets by an address as providers get it, and tells a wrong key from a missing object', async () => {
    const storage = createServer((request, response) => {
      const code = request.url?.startsWith('/strange/') === true ? 'SignatureDoesNotMatch' : 'NoSuchKey';
      response.writeHead(code === 'NoSuchKey' ? 404 : 403).end(`<Error><Code>${code}</Code></Error>`);
    });
    await new Promise<void>((resolve) => void storage.listen(0, '127.0.0.1', resolve));
    const address = storage.address();
    const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const google = { tenants: ['default'], endpoint, serviceAccount: { client_email: 'x@y.z', private_key } };
    const lost = { tenants: ['default'], endpoint, serviceAccountFile: '/nowhere/key.json' };
    const POSTHORN_BUCKETS = JSON.stringify({ pictures: google, strange: google, lost });
    try {
      const found = await report({ ...env, POSTHORN_BUCKETS });
      expect(found.of('ok')).toContain('bucket pictures');
      expect(found.of('failure')).toEqual(expect.arrayContaining(['bucket strange', 'bucket lost']));
      expect(found.stdout).not.toContain(String(private_key).slice(30, 60));
    } finally {
      storage.closeAllConnections();
      storage.close();
    }
  });
});
