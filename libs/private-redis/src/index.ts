export {
  startPrivateRedis,
  type PrivateRedis,
  type PrivateRedisKind,
  type PrivateRedisOptions,
} from './start-private-redis.ts';
