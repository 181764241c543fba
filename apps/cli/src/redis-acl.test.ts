import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPrivateRedis } from '@posthorn/private-redis';
import { closeRedis, connectRedis } from '@posthorn/runtime';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { demoProviders } from './demo-providers.ts';
import { freePort } from './free-port.ts';
import { newKeys } from './keys-file.ts';
import type { Fleet } from './start-fleet.ts';
import { runHere, type Shown } from './testing/run-here.ts';
import { startTestFleet } from './testing/start-test-fleet.ts';

/** The rules as operators copy them: what is written there is what is tried here. */
const page = readFileSync(new URL('../../../docs/operations/redis-acl.md', import.meta.url), 'utf8');
const rules = [...page.matchAll(/^user (?<name>\S+) (?<rest>.+)$/gmu)].map(({ groups }) => ({
  name: groups?.['name'] ?? '',
  rest: (groups?.['rest'] ?? '').split(' '),
  password: /^.*>(?<password>\S+).*$/u.exec(groups?.['rest'] ?? '')?.groups?.['password'] ?? '',
}));
const users = rules.filter(({ name }) => name !== 'default');

const folder = mkdtempSync(join(tmpdir(), 'posthorn-acl-'));
const server = await startPrivateRedis({
  dir: fileURLToPath(new URL('../../../.posthorn', import.meta.url)),
  persistent: false,
  log: () => undefined,
});
const admin = new Redis(server.url);
await admin.acl('SETUSER', 'admin', 'on', '>admin', '~*', '&*', '+@all');
await admin.auth('admin', 'admin');
for (const { name, rest } of rules) await admin.acl('SETUSER', name, ...rest);
const tlsPort = await turnTlsOn();

afterAll(async () => {
  await admin.quit();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Null without openssl to make a certificate, or with a Redis that was built without TLS. */
async function turnTlsOn(): Promise<number | null> {
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const made = spawnSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', ...subject],
    { cwd: folder },
  );
  if (made.status !== 0) return null;
  const port = await freePort(0, '127.0.0.1');
  const files = [
    'tls-cert-file',
    join(folder, 'cert.pem'),
    'tls-key-file',
    join(folder, 'key.pem'),
    'tls-ca-cert-file',
    join(folder, 'cert.pem'),
  ];
  try {
    await admin.call('CONFIG', 'SET', ...files, 'tls-auth-clients', 'no', 'tls-port', String(port));
    return port;
  } catch {
    return null;
  }
}

function urlOf(name: string, port = tlsPort): string {
  const password = users.find((user) => user.name === name)?.password ?? '';
  return port === null
    ? `redis://${name}:${password}@127.0.0.1:${server.port}`
    : `rediss://${name}:${password}@127.0.0.1:${port}`;
}

const trusted = tls.getCACertificates('default');

describe('rediss://', () => {
  it('is refused with a certificate that nobody vouches for, and spoken with one that is trusted', async () => {
    if (tlsPort === null) {
      console.warn('skipped: there is no openssl, or this Redis speaks no TLS');
      return;
    }
    const strangers = new Redis(urlOf('posthorn-cli'), { lazyConnect: true, retryStrategy: () => null });
    const faults: string[] = [];
    strangers.on('error', (error) => faults.push(error.message));
    await expect(strangers.connect()).rejects.toThrow();
    expect(faults.join()).toContain('self-signed certificate');

    tls.setDefaultCACertificates([...trusted, readFileSync(join(folder, 'cert.pem'), 'utf8')]);
    const redis = connectRedis({ url: urlOf('posthorn-cli'), role: 'admin' });
    expect(await redis.ping()).toBe('PONG');
    await closeRedis(redis);
  });
});

describe('each app with a Redis user of its own', () => {
  const keys = newKeys();
  let fleet: Fleet;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    if (tlsPort !== null) tls.setDefaultCACertificates([...trusted, readFileSync(join(folder, 'cert.pem'), 'utf8')]);
    ({ fleet, stop } = await startTestFleet({
      redisUrl: urlOf('posthorn-cli'),
      redisUrlOf: (app) => urlOf(`posthorn-${app.startsWith('worker-') ? 'worker' : app}`),
      keys,
    }));
  });
  afterAll(async () => {
    tls.setDefaultCACertificates(trusted);
    await stop();
  });

  async function api(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { authorization: `Bearer ${fleet.apiKey}`, 'content-type': 'application/json' };
    const answer = await fetch(`${fleet.urls.api}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return await answer.json();
  }

  async function posthorn(...args: readonly string[]): Promise<Shown> {
    return await runHere(args, {
      REDIS_URL: urlOf('posthorn-cli'),
      POSTHORN_SEALING_KEYS: keys.sealingKeys,
      POSTHORN_LOOKUP_KEY: keys.lookupKey,
    });
  }

  it('sends through every provider until the message is read, and operators look and act', async () => {
    const login = `Basic ${Buffer.from(`ops:${keys.opsPassword}`).toString('base64')}`;
    const headers = { authorization: login, 'sec-fetch-site': 'same-origin' };
    for (const { channelId } of demoProviders) {
      const sent = await api('POST', '/v1/messages', {
        channelId,
        to: '+15550001111',
        content: { type: 'text', body: 'Hello' },
      });
      const { id } = z.object({ id: z.string() }).parse(sent);
      while (!JSON.stringify(await api('GET', `/v1/messages/${id}`)).includes('"status":"read"')) await delay(50);
      for (const action of ['pause', 'resume']) {
        const done = await fetch(`${fleet.urls.ops}/channels/${channelId}/${action}`, {
          method: 'POST',
          headers,
          redirect: 'manual',
        });
        expect(done.status).toBe(303);
      }
    }
    for (const path of ['/', '/audit', '/queues/api/queues'])
      expect((await fetch(`${fleet.urls.ops}${path}`, { headers })).status).toBe(200);

    const rotated = await posthorn('secrets', 'rotate');
    expect(rotated.code).toBe(0);
    const looked = await posthorn('doctor');
    expect(looked).toMatchObject({ code: 0, stdout: expect.stringMatching(/✓ +files +a folder, and no two hosts/u) });

    const clients = String(await admin.client('LIST'));
    for (const { name } of users.filter((user) => user.name !== 'posthorn-cli'))
      expect(clients).toContain(`user=${name} `);
    // Whatever was refused to anybody stands here.
    expect(await admin.acl('LOG')).toEqual([]);
  });

  it.each([
    ['client|list', 0, /!\s+files.*cannot be seen.*\+client\|list/u],
    ['hlen', 1, /✗\s+redis user.*'hlen'.*docs\/operations\/redis-acl\.md/u],
    ['info', 1, /✗\s+redis .*'info'.*"\+info"/u],
  ])('says what doctor could not see without %s, and which rule allows it', async (command, code, says) => {
    await admin.acl('SETUSER', 'posthorn-cli', `-${command}`);
    const looked = await posthorn('doctor', '--no-providers');
    await admin.acl('SETUSER', 'posthorn-cli', `+${command}`);
    expect(looked).toMatchObject({ code, stdout: expect.stringMatching(says) });
  });

  it.each(users.map(({ name }) => name))(
    'lets %s neither empty, nor copy, nor reconfigure, nor watch the server',
    async (name) => {
      const redis = connectRedis({ url: urlOf(name), role: 'admin' });
      for (const command of [
        'FLUSHALL',
        'KEYS *',
        'CONFIG SET maxmemory 1',
        'SHUTDOWN',
        'ACL LIST',
        'MONITOR',
        'SAVE',
        'CLIENT KILL TYPE normal',
        'SYNC',
        'GET others:key',
      ]) {
        const [word = '', ...rest] = command.split(' ');
        await expect(redis.call(word, ...rest)).rejects.toThrow('NOPERM');
      }
      await closeRedis(redis);
    },
  );

  it('leaves nobody in without a password', async () => {
    const redis = new Redis(server.port, { lazyConnect: true, retryStrategy: () => null });
    const faults: string[] = [];
    redis.on('error', (error) => faults.push(error.message));
    await expect(redis.connect()).rejects.toThrow();
    expect(faults.join()).toContain('NOAUTH');
    redis.disconnect();
  });
});
