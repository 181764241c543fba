import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { askRedis } from './ask-redis.ts';
import { ended } from './fetch-server.ts';
import type { ServerBinary } from './server-binary.ts';

/** Settings as the configuration file names them, like `cluster-enabled`. */
export type ServerSettings = Readonly<Record<string, string>>;

/** How to run the program. */
export interface ServerRun {
  readonly binary: ServerBinary;
  readonly port: number;
  readonly dataDir: string;
  readonly persistent: boolean;
  /** It is a sentinel, with this configuration, which it rewrites. */
  readonly sentinelFile?: string;
  /** More of its configuration. */
  readonly settings?: ServerSettings;
  readonly log: (line: string) => void;
}

/** A running Redis. */
export interface RunningServer {
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

const pollMs = 10;
const stopMs = 10_000;

/** Starts the program and waits until it answers. It gets no Ctrl-C of its own, and ends when this process is gone, however that ended. */
export async function runServer({
  binary,
  port,
  dataDir,
  persistent,
  settings = {},
  sentinelFile,
  log,
}: ServerRun): Promise<RunningServer> {
  const more = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const own =
    sentinelFile === undefined
      ? toArguments(binary.version, port, dataDir, persistent)
      : [sentinelFile, '--sentinel', '--port', String(port), '--bind', '127.0.0.1', '--dir', dataDir];
  const child = spawn(binary.file, [...own, ...more], {
    env: { ...binary.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own process group: a Ctrl-C on the terminal must reach it last, from `stop`.
    detached: true,
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => lines.push(...String(chunk).trim().split('\n').slice(-20)));
    stream.on('data', () => lines.splice(0, lines.length - 20));
  }
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  const hasEnded = () => failure !== undefined || child.exitCode !== null || child.signalCode !== null;

  for (let loading = false; ;) {
    if (hasEnded())
      throw new Error(`Redis did not start on port ${port}: ${lines.at(-1) ?? 'it said nothing'}`, { cause: failure });
    const answer = await askRedis(port, 'PING');
    // Another Redis may hold the port; ours then ends by itself, which the next round sees.
    if (answer === '+PONG' && !hasEnded() && (await processId(port)) === child.pid) break;
    if (answer?.startsWith('-LOADING') === true && !loading) {
      loading = true;
      log('Redis is reading its data …');
    }
    await delay(pollMs);
  }

  const pid = child.pid ?? 0;
  const watchdog = watch(pid);
  let isStopping = false;
  child.once('exit', (code, signal) => {
    watchdog?.kill();
    if (isStopping) return;
    const how = signal === null ? `code ${code ?? 0}: ${lines.at(-1) ?? 'it said nothing'}` : `killed by ${signal}`;
    log(`The private Redis on port ${port} has ended by itself (${how}). Stop, and start again.`);
  });
  return {
    pid,
    async stop() {
      isStopping = true;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
      await ended(child);
      clearTimeout(timer);
    },
  };
}

/** The process behind a port, so that a foreign Redis is not taken for ours. */
export async function processId(port: number): Promise<number | null> {
  const id = /process_id:(?<id>\d+)/u.exec((await askRedis(port, 'INFO server')) ?? '')?.groups?.['id'];
  return id === undefined ? null : Number(id);
}

function toArguments(version: string, port: number, dataDir: string, persistent: boolean): string[] {
  // Half the memory per waiting job; Redis 6.2 knows it under its old name.
  const packed = Number.parseInt(version, 10) >= 7 ? '--hash-max-listpack-value' : '--hash-max-ziplist-value';
  const settings: readonly (readonly [string, string])[] = [
    ['--port', String(port)],
    ['--bind', '127.0.0.1'],
    ['--dir', dataDir],
    ['--maxmemory-policy', 'noeviction'],
    [packed, '2048'],
    ['--save', ''],
    ['--appendonly', persistent ? 'yes' : 'no'],
    ['--appendfsync', 'everysec'],
    ['--daemonize', 'no'],
  ];
  return settings.flat();
}

/** Waits on a pipe that breaks when this process dies, even by SIGKILL, and then ends Redis. */
function watch(pid: number) {
  if (process.platform === 'win32') return null;
  const watchdog = spawn('/bin/sh', ['-c', 'read -r line; kill -TERM "$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.on('error', () => {});
  watchdog.stdin.on('error', () => {});
  watchdog.unref();
  return watchdog;
}
