export {
  startPrivateRedis,
  type PrivateRedis,
  type PrivateRedisKind,
  type PrivateRedisOptions,
} from './start-private-redis.ts';
export {
  startPrivateCluster,
  type PrivateCluster,
  type PrivateClusterOptions,
  type PrivateNode,
} from './start-private-cluster.ts';
