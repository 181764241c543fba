import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { claimData } from './claim-data.ts';
import { fetchServer, findFetchedServer } from './fetch-server.ts';
import { isDockerThere, runInDocker } from './run-in-docker.ts';
import { runServer, type ServerSettings } from './run-server.ts';
import { findServerBinary, type ServerBinary } from './server-binary.ts';

/** Where a private Redis came from: found on this machine, fetched, a container, or a stand-in inside this process. */
export type PrivateRedisKind = 'path' | 'fetched' | 'docker' | 'in-process';

/** What to start. */
export interface PrivateRedisOptions {
  /** Keeps a fetched program (`redis/`) and the data (`data/`). Default: `.posthorn`. */
  readonly dir?: string;
  /** True: an append-only file, synced every second. False: nothing is kept. */
  readonly persistent: boolean;
  /** Default: a free one. */
  readonly port?: number;
  /** More settings, for a `redis-server` that is found or fetched. */
  readonly settings?: ServerSettings;
  /** It is a sentinel, with the configuration in this file. */
  readonly sentinelFile?: string;
  /** Progress, a line at a time, for people. */
  readonly log: (line: string) => void;
  /** The ways to try. Default: all of them, in this order. */
  readonly kinds?: readonly PrivateRedisKind[];
  /** Folders to look in, as in PATH. Default: the process's PATH. */
  readonly path?: string;
}

/** A Redis of our own, on 127.0.0.1. It ends with this process at the latest. */
export interface PrivateRedis {
  readonly url: string;
  readonly port: number;
  readonly kind: PrivateRedisKind;
  readonly version: string;
  /** Its process, where it is one. */
  readonly pid: number | null;
  /** Lets it write its data and waits until it is gone. */
  readonly stop: () => Promise<void>;
}

const allKinds: readonly PrivateRedisKind[] = ['path', 'fetched', 'docker', 'in-process'];

/** Finds, fetches or stands in for a Redis and starts it; resolves when it answers. Throws a message that says how to install one. */
export async function startPrivateRedis(options: PrivateRedisOptions): Promise<PrivateRedis> {
  const { persistent, settings, sentinelFile, log, kinds = allKinds, path = process.env['PATH'] ?? '' } = options;
  const dir = resolve(options.dir ?? '.posthorn');
  const port = options.port ?? (await freePort());

  for (const kind of kinds) {
    switch (kind) {
      case 'path':
      case 'fetched': {
        const binary = await (kind === 'path' ? findServerBinary(path) : findOrFetch(join(dir, 'redis'), log));
        if (binary === null) break;
        const running = await inDataFolder(dir, port, persistent, (dataDir) =>
          runServer({
            binary,
            port,
            dataDir,
            persistent,
            log,
            ...(settings !== undefined && { settings }),
            ...(sentinelFile !== undefined && { sentinelFile }),
          }),
        );
        return { ...address(port), kind, version: binary.version, pid: running.pid, stop: running.stop };
      }
      case 'docker': {
        if (!(await isDockerThere())) break;
        const running = await inDataFolder(dir, port, persistent, (dataDir) =>
          runInDocker(port, dataDir, persistent, log),
        );
        return { ...address(port), kind, version: running.version, pid: null, stop: running.stop };
      }
      case 'in-process':
        return await startInProcess(port, persistent, log);
      default:
        kind satisfies never;
    }
  }
  throw new Error(
    `No Redis could be found or fetched (tried: ${kinds.join(', ')}). Install one of at least 6.2 ` +
      `(Debian, Ubuntu: "apt install redis-server"; macOS: "brew install redis"; or Docker), or set REDIS_URL to one that runs.`,
  );
}

async function findOrFetch(folder: string, log: (line: string) => void): Promise<ServerBinary | null> {
  return (await findFetchedServer(folder)) ?? (await fetchServer(folder, log));
}

/** Runs in the kept folder, claimed for this process, or in one that is thrown away. */
async function inDataFolder<Running extends { readonly pid: number; readonly stop: () => Promise<void> }>(
  dir: string,
  port: number,
  persistent: boolean,
  run: (dataDir: string) => Promise<Running>,
): Promise<Running> {
  const dataDir = persistent ? join(dir, 'data') : await mkdtemp(join(tmpdir(), 'posthorn-redis-'));
  await mkdir(dataDir, { recursive: true });
  const claim = persistent ? await claimData(dataDir, port) : null;
  const release = async () => {
    if (claim === null) await rm(dataDir, { recursive: true, force: true });
    else await claim.release();
  };
  try {
    const running = await run(dataDir);
    await claim?.setRedis(running.pid);
    const stop = async () => {
      await running.stop();
      await release();
    };
    return { ...running, stop };
  } catch (error) {
    await release();
    throw error;
  }
}

async function startInProcess(port: number, persistent: boolean, log: (line: string) => void): Promise<PrivateRedis> {
  const { createRedisMock } = await import('js-redis-server');
  const server = await createRedisMock({ port });
  log(
    'WARNING: no Redis could be found or fetched. A stand-in inside this process serves: about 100 messages a second, for a first look only.',
  );
  if (persistent) log('WARNING: it keeps nothing. Whatever is accepted is lost when this process ends.');
  return { ...address(port), kind: 'in-process', version: 'stand-in', pid: null, stop: () => server.close() };
}

function address(port: number): { readonly url: string; readonly port: number } {
  return { url: `redis://127.0.0.1:${port}`, port };
}

/** A port of 127.0.0.1 that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const taken = server.address();
  const closed = once(server, 'close');
  server.close();
  await closed;
  if (typeof taken !== 'object' || taken === null) throw new Error('the system gave no free port');
  return taken.port;
}
