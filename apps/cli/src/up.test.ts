import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { demoProviders } from './demo-providers.ts';
import { fleetEnv, run, start, startUp, tempHome, testRedisUrl } from './testing/run-cli.ts';

const home = tempHome();
const env = fleetEnv(home.dir);

/** It takes its time before it gives up, so it runs beside the others, in a folder of its own. */
const away = tempHome();
const withoutRedis = run(['up'], { ...fleetEnv(away.dir), REDIS_URL: 'redis://user:hush@127.0.0.1:1' });

beforeAll(async () => {
  const redis = new Redis(testRedisUrl());
  await redis.flushdb();
  await redis.quit();
});
afterAll(async () => {
  await withoutRedis;
  away.remove();
  home.remove();
});

describe('posthorn up', () => {
  it('prints a curl that sends, stops with 0 on SIGINT, and still has the message after a restart', async () => {
    const first = await startUp(env);
    const { url, authorization, body } = curlOf(first.stdout());
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(202);
    const { id } = z.object({ id: z.string() }).parse(await answer.json());
    expect(statSync(join(home.dir, 'keys.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(home.dir, 'run.json')).mode & 0o777).toBe(0o600);
    first.kill('SIGINT');
    expect(await first.done).toBe(0);
    expect(first.stderr()).toContain('Stopping. Waiting for:');
    expect(existsSync(join(home.dir, 'run.json'))).toBe(false);

    const second = await startUp(env);
    expect(curlOf(second.stdout()).authorization).toBe(authorization);
    const shown = await fetch(`${second.apiUrl}/v1/messages/${id}`, { headers: { authorization } });
    expect(shown.status).toBe(200);

    // The sandbox began anew: tokens that were stored are refused, and replaced without anyone noticing.
    const ids = await Promise.all(
      demoProviders.map(async ({ channelId }) => {
        const sent = { channelId, to: '+15550004444', content: { type: 'text', body: 'Hello again' } };
        const headers = { authorization, 'content-type': 'application/json' };
        const accepted = await fetch(`${second.apiUrl}/v1/messages`, {
          method: 'POST',
          headers,
          body: JSON.stringify(sent),
        });
        return z.object({ id: z.string() }).parse(await accepted.json()).id;
      }),
    );
    for (const one of ids) {
      await until(async () => {
        const read = await fetch(`${second.apiUrl}/v1/messages/${one}`, { headers: { authorization } });
        return (await read.text()).includes('"status":"read"');
      });
    }

    const twice = await run(['up'], env);
    expect(twice.code).toBe(1);
    expect(twice.stderr).toContain('is running in');
    expect(twice.stderr).toContain('POSTHORN_HOME');

    const log = readFileSync(join(home.dir, 'posthorn.log'), 'utf8');
    expect(log).not.toContain('15550001111');
    expect(log).not.toContain(authorization.slice('Bearer '.length));
    second.kill('SIGTERM');
    expect(await second.done).toBe(0);
  });

  it('leaves at once on a second Ctrl-C, after it has said what it waits for', async () => {
    const up = await startUp(env);
    await fetch(`${up.sandboxUrl}/_sandbox/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ times: 1, action: { kind: 'hang' } }),
    });
    const sent = await run(
      ['send', '--channel', 'demo-whatsapp-cloud', '--to', '+15550003333', '--text', 'This one hangs', '--json'],
      env,
    );
    expect(sent.code).toBe(0);
    await until(async () => (await readJson(`${up.sandboxUrl}/_sandbox/faults`)).includes('"fired":1'));
    up.kill('SIGINT');
    await up.says('messages under way');
    // One Ctrl-C that comes twice, by npm and by the terminal, is one.
    up.kill('SIGINT');
    await up.says('worker-whatsapp-cloud (messages under way)');
    up.kill('SIGINT');
    expect(await up.done).toBe(130);
    expect(existsSync(join(home.dir, 'run.json'))).toBe(false);
  });

  it('stops cleanly although its private Redis is gone, and says so in words for people', async () => {
    const place = tempHome();
    await symlink(fileURLToPath(new URL('../../../.posthorn/redis', import.meta.url)), join(place.dir, 'redis'));
    const { REDIS_URL: _, ...withoutUrl } = fleetEnv(place.dir);
    const up = await startUp(withoutUrl);
    const privateUrl = /a private Redis \S+, at (?<it>redis:\S+\d)/u.exec(up.stdout())?.groups?.['it'];
    const redis = new Redis(z.string().parse(privateUrl), { retryStrategy: () => null });
    redis.on('error', () => undefined);
    const pid = /process_id:(?<it>\d+)/u.exec(await redis.info('server'))?.groups?.['it'];
    process.kill(Number(z.string().parse(pid)), 'SIGKILL');
    await up.says('has ended by itself');
    await up.says('cannot be reached');
    up.kill('SIGINT');
    expect(await up.done).toBe(0);
    expect(up.stderr()).toMatch(/Stopping\. Waiting for: .*messages under way.*private Redis.*\n(?:.*\n)*Stopped\./u);
    expect(up.stderr()).not.toMatch(/enableOfflineQueue|maxRetriesPerRequest|Connection is closed|could not be read/u);
    place.remove();
  });

  it('names the variable of a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = z.object({ port: z.number() }).parse(other.address()).port;
    const up = await run(['up'], { ...env, POSTHORN_OPS_PORT: String(taken) });
    other.close();
    expect(up.code).toBe(1);
    expect(up.stderr).toContain(`port ${taken} is taken; set POSTHORN_OPS_PORT to another`);
    expect(up.stderr).not.toContain('    at ');
    expect(existsSync(join(home.dir, 'run.json'))).toBe(false);
  });

  it('names the variable of a worker’s port, too', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = z.object({ port: z.number() }).parse(other.address()).port;
    const up = await run(['up'], { ...env, POSTHORN_WORKER_TWILIO_PORT: String(taken) });
    other.close();
    expect(up.stderr).toContain(`port ${taken} is taken; set POSTHORN_WORKER_TWILIO_PORT to another`);
  });

  it('tells all faults of the configuration at once', async () => {
    const up = await run(['up'], { ...env, POSTHORN_INGRESS_PORT: 'x', POSTHORN_SWEEP_MS: 'soon' });
    expect(up.code).toBe(1);
    expect(up.stderr).toContain('POSTHORN_INGRESS_PORT: expected a whole number');
    expect(up.stderr).toContain('POSTHORN_SWEEP_MS: expected a duration');
    expect(up.stderr).not.toContain('    at ');
  });

  it('says what to do about a Redis that is not there', async () => {
    const up = await withoutRedis;
    expect(up.code).toBe(1);
    expect(up.stderr).toContain('Redis at 127.0.0.1:1 cannot be used');
    expect(up.stderr).not.toContain('hush');
  });
});

describe('posthorn run', () => {
  it('tells all faults of an app’s configuration at once, without a stack', async () => {
    const worker = await run(['run', 'worker-whatsapp-cloud'], { POSTHORN_WORKER_PORT: '99999' });
    expect(worker.code).toBe(1);
    for (const name of ['POSTHORN_SEALING_KEYS', 'POSTHORN_LOOKUP_KEY', 'POSTHORN_WORKER_PORT']) {
      expect(worker.stderr).toContain(name);
    }
    expect(worker.stderr).not.toContain('    at ');
  });

  it('runs one app until it is told to stop', async () => {
    const sandbox = start(['run', 'sandbox'], { POSTHORN_SANDBOX_PORT: '0' });
    await sandbox.says('sandbox listens');
    sandbox.kill('SIGTERM');
    expect(await sandbox.done).toBe(0);
  });
});

const oldNode = '/usr/bin/node';
const isOld = existsSync(oldNode) && (await startVersion(oldNode)) < 24;

const whyNot = isOld ? '' : ` (skipped: ${oldNode} is not a Node before 24)`;
(isOld ? describe : describe.skip)(`the command under an older Node${whyNot}`, () => {
  it('goes on with the pinned one, and hands on signals and the exit code', async () => {
    const version = start(['version', '--json'], {}, oldNode);
    expect(await version.done).toBe(0);
    expect(version.stdout()).toContain('"node":"24.');
    const refused = start(['run', 'nothing'], {}, oldNode);
    expect(await refused.done).toBe(1);
    const sandbox = start(['run', 'sandbox'], { POSTHORN_SANDBOX_PORT: '0' }, oldNode);
    await sandbox.says('sandbox listens');
    sandbox.kill('SIGINT');
    expect(await sandbox.done).toBe(0);
  });
});

async function startVersion(node: string): Promise<number> {
  const { spawnSync } = await import('node:child_process');
  return Number.parseInt(String(spawnSync(node, ['--version']).stdout).slice(1), 10);
}

function curlOf(output: string) {
  const part = (pattern: RegExp): string => z.string().parse(pattern.exec(output)?.groups?.['it']);
  return {
    url: part(/curl -sS (?<it>http\S+)/u),
    authorization: part(/'Authorization: (?<it>Bearer \S+)'/u),
    body: part(/-d '(?<it>.*)'/u),
  };
}

async function readJson(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(20);
}
