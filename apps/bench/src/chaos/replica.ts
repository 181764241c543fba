import { startPrivateRedis } from '@posthorn/private-redis';
import { closeRedis, connectRedis, parseRedisInfo } from '@posthorn/runtime';
import { fileURLToPath } from 'node:url';
import { must } from './until.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A Redis that follows another one. */
export interface Replica {
  readonly port: number;
  /** Between it and its master. */
  readonly line: TcpProxy;
  /** Makes it a master of its own, with what it has. */
  readonly promote: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts a replica and waits until it has everything. */
export async function startReplica(masterPort: number): Promise<Replica> {
  const dir = fileURLToPath(new URL('../../../../.posthorn', import.meta.url));
  const redis = await startPrivateRedis({ dir, persistent: false, kinds: ['path', 'fetched'], log: () => undefined });
  const line = await startTcpProxy(masterPort, () => 1);
  const admin = connectRedis({ url: redis.url, role: 'admin' });
  await admin.replicaof('127.0.0.1', line.port);
  await must('the replica to have everything', async () => {
    const info = parseRedisInfo(await admin.info('replication'));
    return info.get('master_link_status') === 'up' && info.get('master_sync_in_progress') === '0';
  });
  return {
    port: redis.port,
    line,
    promote: async () => {
      await admin.replicaof('NO', 'ONE');
    },
    close: async () => {
      await closeRedis(admin);
      await line.close();
      await redis.stop();
    },
  };
}
