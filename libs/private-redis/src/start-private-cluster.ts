import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerSettings } from './run-server.ts';
import { ask, startPrivateNode, until, type PrivateNode } from './start-private-node.ts';
import { freePort } from './start-private-redis.ts';

/** What to start. */
export interface PrivateClusterOptions {
  readonly masters: number;
  /** Of each master. Default: none. */
  readonly replicas?: number;
  /** Where a fetched program is kept. */
  readonly dir: string;
  readonly settings?: ServerSettings;
}

/** A Redis Cluster of our own, on 127.0.0.1. It ends with this process at the latest. */
export interface PrivateCluster {
  /** As REDIS_URL takes it. */
  readonly url: string;
  /** First the masters, then their replicas in the same order. */
  readonly nodes: readonly PrivateNode[];
  readonly stop: () => Promise<void>;
}

/** A dead master is missed soon, and a replica has its data at once. */
const quick = { 'cluster-node-timeout': '2000', 'repl-diskless-sync-delay': '0' };
const slots = 16_384;
/** The bus listens 10,000 above the port. */
const portMost = 55_535;

/** Starts the nodes, joins them, and resolves once the cluster serves every slot. Needs a `redis-server` that is found or fetched. */
export async function startPrivateCluster(options: PrivateClusterOptions): Promise<PrivateCluster> {
  const { masters, replicas = 0, dir, settings } = options;
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-cluster-'));
  const nodes: PrivateNode[] = await Promise.all(
    Array.from({ length: masters * (1 + replicas) }, async (_, at) =>
      startPrivateNode(join(folder, String(at)), {
        programDir: dir,
        port: await freeNodePort(),
        settings: { 'cluster-enabled': 'yes', ...quick, ...settings },
      }),
    ),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map(async (node) => await node.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await meet(nodes, masters);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`, nodes, stop };
}

async function meet(nodes: readonly { readonly port: number }[], masters: number): Promise<void> {
  const [first, ...others] = nodes.map(({ port }) => port);
  if (first === undefined) throw new Error('a cluster needs a node');
  for (const [at, { port }] of nodes.slice(0, masters).entries()) {
    const from = Math.floor((slots * at) / masters);
    const mine = Array.from({ length: Math.floor((slots * (at + 1)) / masters) - from }, (_, next) => from + next);
    // Each its own epoch, so that they agree at once on whose is what.
    await ask(port, `CLUSTER SET-CONFIG-EPOCH ${at + 1}`);
    await ask(port, `CLUSTER ADDSLOTS ${mine.join(' ')}`);
  }
  for (const port of others) await ask(first, `CLUSTER MEET 127.0.0.1 ${port}`);
  await until('all nodes to know each other', async () => {
    const known = await Promise.all(nodes.map(async ({ port }) => await ask(port, 'CLUSTER NODES')));
    return known.every((text) => text.split('\n').filter((line) => / connected\b/u.test(line)).length === nodes.length);
  });
  const follow = async (at: number, port: number): Promise<void> => {
    const id = (await ask(nodes[at % masters]?.port ?? first, 'CLUSTER MYID')).split('\r\n').at(-1) ?? '';
    await ask(port, `CLUSTER REPLICATE ${id}`);
    await until('a replica to follow its master', async () =>
      (await ask(port, 'INFO replication')).includes('master_link_status:up'),
    );
  };
  await Promise.all(nodes.slice(masters).map(async ({ port }, at) => await follow(at, port)));
  await until('the cluster to serve every slot', async () => {
    const infos = await Promise.all(nodes.map(async ({ port }) => await ask(port, 'CLUSTER INFO')));
    return infos.every((info) => info.includes('cluster_state:ok') && info.includes(`cluster_slots_ok:${slots}`));
  });
}

async function freeNodePort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port <= portMost) return port;
  }
}
