export { startPrivateRedis, type PrivateRedis } from './start-private-redis.ts';
export { startPrivateCluster } from './start-private-cluster.ts';
export { startPrivateSentinels } from './start-private-sentinels.ts';
export type { PrivateNode } from './start-private-node.ts';
