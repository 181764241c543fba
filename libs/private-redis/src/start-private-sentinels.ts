import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerSettings } from './run-server.ts';
import { ask, startPrivateNode, until, type PrivateNode } from './start-private-node.ts';
import { freePort, startPrivateRedis, type PrivateRedis } from './start-private-redis.ts';

/** What to start. */
export interface PrivateSentinelsOptions {
  readonly replicas: number;
  /** Where a fetched program is kept. */
  readonly dir: string;
  /** Of the master and its replicas. */
  readonly settings?: ServerSettings;
}

/** A master with replicas of our own, watched by three sentinels, on 127.0.0.1. They end with this process at the latest. */
export interface PrivateSentinels {
  /** As REDIS_URL takes it. */
  readonly url: string;
  /** The first master, then its replicas. */
  readonly nodes: readonly PrivateNode[];
  /** The port of the server that is master now, as the sentinels say. */
  readonly masterPort: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

const master = 'posthorn';
const watchers = 3;
const quorum = 2;

/** Starts them, and resolves once the sentinels know each other and the replicas. Needs a `redis-server` that is found or fetched. */
export async function startPrivateSentinels({
  replicas,
  dir,
  settings,
}: PrivateSentinelsOptions): Promise<PrivateSentinels> {
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-sentinels-'));
  const nodes: PrivateNode[] = [];
  const sentinels: PrivateRedis[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all([...nodes, ...sentinels].map(async (one) => await one.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (let at = 0; at <= replicas; at += 1)
      nodes.push(
        await startPrivateNode(join(folder, String(at)), {
          programDir: dir,
          port: await freePort(),
          settings: { 'repl-diskless-sync-delay': '0', ...settings },
        }),
      );
    const [first, ...others] = nodes.map(({ port }) => port);
    if (first === undefined) throw new Error('there is no master');
    for (const port of others) {
      await ask(port, `REPLICAOF 127.0.0.1 ${first}`);
      await until('a replica to follow its master', async () =>
        (await ask(port, 'INFO replication')).includes('master_link_status:up'),
      );
    }
    for (let at = 0; at < watchers; at += 1) sentinels.push(await startSentinel(folder, dir, at, first));
    const ports = sentinels.map(({ port }) => port);
    await until('the sentinels to know each other', async () => {
      const known = await Promise.all(ports.map(async (port) => await ask(port, 'INFO sentinel')));
      return known.every((text) => text.includes(`slaves=${replicas},sentinels=${watchers}`));
    });
    return {
      url: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${master}`,
      nodes,
      stop,
      masterPort: async () => {
        const answer = await ask(ports[0] ?? 0, `SENTINEL get-master-addr-by-name ${master}`);
        return Number(/(?<port>\d+)$/u.exec(answer)?.groups?.['port']);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSentinel(folder: string, dir: string, at: number, first: number): Promise<PrivateRedis> {
  const file = join(folder, `sentinel-${at}.conf`);
  const watch = [
    `monitor ${master} 127.0.0.1 ${first} ${quorum}`,
    `down-after-milliseconds ${master} 2000`,
    `failover-timeout ${master} 10000`,
  ];
  await writeFile(file, watch.map((line) => `sentinel ${line}\n`).join(''));
  return await startPrivateRedis({
    dir,
    persistent: false,
    kinds: ['path', 'fetched'],
    sentinelFile: file,
    log: () => undefined,
  });
}
