import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startPrivateCluster, startPrivateSentinels, type PrivateNode } from '@posthorn/private-redis';
import { closeRedis, connectRedis } from '@posthorn/runtime';
import type { RedisHost } from './redis-host.ts';

const dir = fileURLToPath(new URL('../../../../.posthorn', import.meta.url));
const masters = 3;

/** A master with two replicas, watched by three sentinels. */
export async function startSentinelsHost(): Promise<RedisHost> {
  const { url, nodes, masterPort, stop } = await startPrivateSentinels({ replicas: 2, dir });
  return toHost(url, stop, nodes, async () => {
    const port = await masterPort();
    const master = nodes.find((node) => node.port === port);
    if (master === undefined) throw new Error(`the sentinels name a master that is not ours, on port ${port}`);
    return { master, replicas: nodes.filter((node) => node !== master) };
  });
}

/** Three masters with a replica each. The first is the one that is killed. */
export async function startClusterHost(): Promise<RedisHost> {
  const { url, nodes, stop } = await startPrivateCluster({ masters, replicas: 1, dir });
  const [master] = nodes;
  if (master === undefined) throw new Error('the cluster has no node');
  return toHost(
    url,
    stop,
    nodes,
    async () => await Promise.resolve({ master, replicas: nodes.slice(masters, masters + 1) }),
  );
}

interface Shard {
  readonly master: PrivateNode;
  readonly replicas: readonly PrivateNode[];
}

function toHost(
  url: string,
  close: () => Promise<void>,
  nodes: readonly PrivateNode[],
  shardToBreak: () => Promise<Shard>,
): RedisHost {
  let killed: PrivateNode | null = null;
  const impossible = async (): Promise<never> => await Promise.reject(new Error('of one server only'));
  return {
    url,
    port: nodes[0]?.port ?? 0,
    kill: async (lostMs) => {
      const { master, replicas } = await shardToBreak();
      const keptUntil = Date.now();
      if (lostMs !== undefined) {
        await cutOff(master, replicas);
        await delay(lostMs);
      }
      killed = master;
      await master.kill();
      await Promise.all(replicas.map(async ({ port }) => await setLogin(port, '')));
      return keptUntil;
    },
    start: async () => {
      await killed?.start();
      killed = null;
    },
    backUp: impossible,
    restore: impossible,
    close,
  };
}

/** What the master has sent is with its replicas for good; so the line is cut, and they are given a login that it refuses. */
async function cutOff(master: PrivateNode, replicas: readonly PrivateNode[]): Promise<void> {
  await Promise.all(replicas.map(async ({ port }) => await setLogin(port, 'nobody')));
  await withServer(master.port, async (redis) => await redis.call('CLIENT', 'KILL', 'TYPE', 'replica'));
}

async function setLogin(port: number, name: string): Promise<void> {
  await withServer(port, async (redis) => {
    await redis.call('CONFIG', 'SET', 'masteruser', name);
    await redis.call('CONFIG', 'SET', 'masterauth', name);
  });
}

async function withServer(
  port: number,
  use: (redis: ReturnType<typeof connectRedis>) => Promise<unknown>,
): Promise<void> {
  const redis = connectRedis({ url: `redis://127.0.0.1:${port}`, role: 'admin' });
  await use(redis);
  await closeRedis(redis);
}
