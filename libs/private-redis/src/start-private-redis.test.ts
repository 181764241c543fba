import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { askRedis } from './ask-redis.ts';
import { processId } from './run-server.ts';
import { findServerBinary } from './server-binary.ts';
import { startPrivateRedis, type PrivateRedisOptions } from './start-private-redis.ts';

// Fetched once for all tests (and runs) of this machine; each test has its own data.
const cache = join(tmpdir(), 'posthorn-test-redis');
const hasApt = process.platform === 'linux' && (await findServerBinary('')) === null;
const real: Pick<PrivateRedisOptions, 'kinds'> = { kinds: ['path', 'fetched'] };

let dir = '';
const closers: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'posthorn-test-'));
  if (!hasApt) return;
  const { stop } = await startPrivateRedis({ dir: cache, persistent: false, log: () => {}, kinds: ['fetched'] });
  await stop();
  const { symlink } = await import('node:fs/promises');
  await symlink(join(cache, 'redis'), join(dir, 'redis'));
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
  await rm(dir, { recursive: true, force: true });
});

async function start(more: Partial<PrivateRedisOptions> = {}) {
  const lines: string[] = [];
  const redis = await startPrivateRedis({ dir, persistent: true, log: (line) => lines.push(line), ...real, ...more });
  closers.push(redis.stop);
  return { ...redis, lines };
}

async function gone(port: number): Promise<void> {
  while ((await askRedis(port, 'PING')) !== null) await delay(10);
}

describe('startPrivateRedis', () => {
  it('answers on 127.0.0.1, never evicts, packs hashes, and keeps its data over a restart', async () => {
    const first = await start();
    expect(first.url).toBe(`redis://127.0.0.1:${first.port}`);
    expect(await askRedis(first.port, 'CONFIG GET maxmemory-policy')).toContain('noeviction');
    expect(await askRedis(first.port, 'CONFIG GET hash-max-listpack-value')).toContain('2048');
    expect(await askRedis(first.port, 'CONFIG GET appendfsync')).toContain('everysec');
    expect(await askRedis(first.port, 'CONFIG GET bind')).toContain('127.0.0.1');
    await askRedis(first.port, 'SET kept yes');
    await first.stop();
    await gone(first.port);
    const second = await start();
    expect(await askRedis(second.port, 'GET kept')).toContain('yes');
  });

  it('keeps nothing when not persistent, and leaves nothing behind', async () => {
    const redis = await start({ persistent: false });
    expect(await askRedis(redis.port, 'CONFIG GET appendonly')).toContain('no');
    await redis.stop();
    expect((await readdir(dir)).filter((name) => name !== 'redis')).toEqual([]);
  });

  it('says when it ends by itself, and not when it is stopped', async () => {
    const redis = await start({ persistent: false });
    process.kill((await processId(redis.port)) ?? 0, 'SIGKILL');
    while (redis.lines.length === 0) await delay(10);
    await redis.stop();
    expect(redis.lines).toEqual([
      `The private Redis on port ${redis.port} has ended by itself (killed by SIGKILL). Stop, and start again.`,
    ]);
  });

  it('refuses a data folder that is in use, and says by whom', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow(/in use by this process already/u);
    expect(await askRedis(first.port, 'PING')).toBe('+PONG');
  });

  it('ends with its process, even one that is killed, and the data can be used again', async () => {
    const source = `
      import { startPrivateRedis } from '${new URL('index.ts', import.meta.url).href}';
      const redis = await startPrivateRedis({ dir: '${dir}', persistent: true, log: () => {}, kinds: ['path', 'fetched'] });
      process.stdout.write(String(redis.port));
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    closers.push(async () => owner.kill('SIGKILL'));
    const port = Number(String((await once(owner.stdout, 'data'))[0]));
    await expect(start()).rejects.toThrow(
      new RegExp(`in use by process ${owner.pid ?? 0} \\(its Redis listens on port ${port}\\)`, 'u'),
    );
    owner.kill('SIGKILL');
    await gone(port);
    const next = await start();
    expect(await askRedis(next.port, 'PING')).toBe('+PONG');
  });

  it('tells which port is taken', async () => {
    const first = await start({ persistent: false });
    await expect(start({ persistent: false, port: first.port })).rejects.toThrow(
      new RegExp(`did not start on port ${first.port}`, 'u'),
    );
  });

  it('says how to install one when there is none', async () => {
    await expect(start({ kinds: [] })).rejects.toThrow(/apt install redis-server.*brew install redis.*REDIS_URL/u);
  });

  it('stands in within the process as the last way, with a warning', async () => {
    const redis = await start({ kinds: ['in-process'] });
    expect(await askRedis(redis.port, 'PING')).toBe('+PONG');
    expect(redis.lines.join()).toMatch(/WARNING: no Redis.*WARNING: it keeps nothing/u);
  });
});

describe('findServerBinary', () => {
  it.each([
    ['an old one', 'echo "Redis server v=6.0.16 sha=0"', null],
    ['a broken one', 'exit 1', null],
    ['a recent one', 'echo "Redis server v=6.2.14 sha=0"', '6.2.14'],
  ])('judges %s by running it', async (_name, script, version) => {
    const file = join(dir, 'redis-server');
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    expect((await findServerBinary(dir, []))?.version ?? null).toBe(version);
  });
});
