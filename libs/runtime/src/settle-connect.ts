import { Cluster } from 'ioredis';

/**
 * `connect` of a cluster (ioredis 6.0) neither succeeds nor fails where the connection is closed after a node has told where the keys are, and before
 * the cluster says that it is well; that is so again and again while a shard has no master. BullMQ (6.7) waits for it, so a queue was not
 * consumed any more although the cluster was back, and its worker's stop did not end. With this it fails, also of the copies that BullMQ makes.
 */
export function settleConnect(cluster: Cluster): void {
  const connect = cluster.connect.bind(cluster);
  const duplicate = cluster.duplicate.bind(cluster);
  cluster.connect = async () => {
    const { promise: closed, reject } = Promise.withResolvers<never>();
    const onClose = (): void => reject(new Error('None of startup nodes is available'));
    cluster.once('close', onClose);
    try {
      await Promise.race([connect(), closed]);
    } finally {
      cluster.off('close', onClose);
    }
  };
  endRounds(cluster);
  Reflect.set(cluster, 'duplicate', (...given: readonly unknown[]) => {
    const copy: unknown = Reflect.apply(duplicate, undefined, given);
    if (isCluster(copy)) settleConnect(copy);
    return copy;
  });
}

/**
 * Every 10 s a cluster asks where its keys are. Closed while it asks, ioredis sets the clock for the next round all the same, and for each after that: a
 * process would not end, and one that goes on would keep what it has closed.
 */
function endRounds(cluster: Cluster): void {
  let next: NodeJS.Timeout | null = null;
  Object.defineProperty(cluster, 'slotsTimer', {
    get: () => next,
    set: (timer: NodeJS.Timeout | null) => {
      next = timer?.unref() ?? null;
      if (next === null || cluster.status !== 'end') return;
      clearTimeout(next);
      next = null;
    },
  });
}

function isCluster(value: unknown): value is Cluster {
  return value instanceof Cluster;
}
