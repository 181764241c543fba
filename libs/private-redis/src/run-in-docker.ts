import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { askRedis } from './ask-redis.ts';
import type { RunningServer } from './run-server.ts';

const run = promisify(execFile);
const image = 'redis:7-alpine';
const readyMs = 30_000;

/** Whether a Docker daemon answers. */
export async function isDockerThere(): Promise<boolean> {
  try {
    await run('docker', ['info'], { timeout: 5000 });
    return true;
  } catch {
    return false;
  }
}

/** Runs Redis in a container that is removed when it stops. */
export async function runInDocker(
  port: number,
  dataDir: string,
  persistent: boolean,
  log: (line: string) => void,
): Promise<RunningServer & { readonly version: string }> {
  const name = `posthorn-redis-${process.pid}-${port}`;
  log(`No Redis found here: starting ${image} in Docker; its first start downloads it …`);
  const user = process.getuid === undefined ? [] : ['--user', `${process.getuid()}:${process.getgid?.() ?? 0}`];
  const place = ['--name', name, '-p', `127.0.0.1:${port}:6379`, ...user, '-v', `${dataDir}:/data`];
  const settings = [
    '--maxmemory-policy',
    'noeviction',
    '--hash-max-listpack-value',
    '2048',
    '--save',
    '',
    '--appendonly',
    persistent ? 'yes' : 'no',
  ];
  await run('docker', ['run', '-d', '--rm', ...place, image, 'redis-server', ...settings]);
  const stop = async () => {
    await run('docker', ['stop', '-t', '10', name]).catch(() => {});
  };
  const until = performance.now() + readyMs;
  while ((await askRedis(port, 'PING')) !== '+PONG') {
    if (performance.now() > until) {
      await stop();
      throw new Error(
        `Redis in Docker (${image}) did not answer on port ${port} within ${readyMs / 1000} s; look with "docker logs ${name}".`,
      );
    }
    await delay(50);
  }
  // Ends the container when this process dies, as the watchdog of a program does.
  const watchdog = spawn('/bin/sh', ['-c', 'read -r line; docker stop -t 10 "$0"', name], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.on('error', () => {});
  watchdog.unref();
  const version =
    /redis_version:(?<version>\S+)/u.exec((await askRedis(port, 'INFO server')) ?? '')?.groups?.['version'] ??
    'unknown';
  return {
    pid: 0,
    version,
    async stop() {
      watchdog.kill();
      await stop();
    },
  };
}
