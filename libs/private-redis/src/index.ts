export {
  startPrivateRedis,
  type PrivateRedis,
  type PrivateRedisKind,
  type PrivateRedisOptions,
} from './start-private-redis.ts';
export { startPrivateCluster, type PrivateCluster, type PrivateClusterOptions } from './start-private-cluster.ts';
export {
  startPrivateSentinels,
  type PrivateSentinels,
  type PrivateSentinelsOptions,
} from './start-private-sentinels.ts';
export type { PrivateNode } from './start-private-node.ts';
