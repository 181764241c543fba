import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Log } from './create-log.ts';
import { parseRedisAddress, type RedisAddress } from './redis-address.ts';
import { placeOfRedis } from './redis-masters.ts';
import { wordsOfConnection } from './redis-words.ts';
import { settleConnect } from './settle-connect.ts';

/** A connection to one server (behind sentinels or not), or to a cluster. Commands are the same; the keys of one must share a hash tag. */
export type RedisClient = Redis | Cluster;

/**
 * What a connection is for. `producer`: fails fast, never queues while Redis is away. `worker`: waits for Redis as long as it
 * takes, as BullMQ asks of workers. `admin`: a person or a check waits for the answer.
 */
export type RedisRole = 'producer' | 'worker' | 'admin';

/** Settings of a connection. */
export interface RedisConnection {
  /** As `parseRedisAddress` reads it. */
  readonly url: string;
  readonly role: RedisRole;
  readonly log?: Log;
  /** The name CLIENT LIST shows. */
  readonly name?: string;
  /** For producer and admin; a command that timed out may still be carried out. Default: 2 s, for admin 10 s. */
  readonly commandTimeoutMs?: number;
}

/** Opens a connection that connects by itself, again and again. Close it with `closeRedis`. Throws if the address is none. */
export function connectRedis({ url, role, log, name, commandTimeoutMs }: RedisConnection): RedisClient {
  const parsed = parseRedisAddress(url);
  if (parsed.kind === 'fault') throw new Error(`REDIS_URL: ${parsed.says}.`);
  const shared: SharedOptions = {
    ...optionsByRole(role, commandTimeoutMs),
    ...(name !== undefined && { connectionName: name }),
    connectTimeout: 5000,
    keepAlive: 10_000,
  };
  const { address } = parsed;
  // Some apps have several.
  const own = name === undefined ? log : log?.child({ connection: name });
  if (address.kind === 'cluster') return connectCluster(address, role, shared, own);
  const redis = connectServer(address, {
    ...shared,
    retryStrategy,
    ...(role === 'producer' && { enableOfflineQueue: false }),
    // After a fail-over the old master refuses writes until the address leads to the new one.
    reconnectOnError: (error) => error.message.includes('READONLY'),
  });
  sayStateChanges(redis, address.place, own);
  return redis;
}

/** What a connection to a server and one to a node of a cluster have in common. */
type SharedOptions = Pick<
  RedisOptions,
  'maxRetriesPerRequest' | 'commandTimeout' | 'socketTimeout' | 'connectionName' | 'connectTimeout' | 'keepAlive'
>;
type ServerOptions = SharedOptions & Pick<RedisOptions, 'retryStrategy' | 'enableOfflineQueue' | 'reconnectOnError'>;

const retryStrategy = (times: number): number => Math.min(times * 100, 2000);

/**
 * A connection on which nothing comes back for that long is opened anew, and what had no answer is asked again: a Redis that
 * hangs, or a host that is gone without a word, would otherwise be waited for until TCP gives up, a quarter of an hour later.
 * BullMQ waits 10 s for a job in one command.
 */
const workerSilenceMs = 15_000;

function optionsByRole(role: RedisRole, commandTimeoutMs: number | undefined) {
  switch (role) {
    case 'producer':
      return {
        maxRetriesPerRequest: 1,
        commandTimeout: commandTimeoutMs ?? 2000,
        socketTimeout: 2 * (commandTimeoutMs ?? 2000),
      };
    case 'worker':
      return { maxRetriesPerRequest: null, socketTimeout: workerSilenceMs };
    case 'admin':
      return { maxRetriesPerRequest: 1, commandTimeout: commandTimeoutMs ?? 10_000 };
    default:
      return role satisfies never;
  }
}

function connectServer(address: Exclude<RedisAddress, { kind: 'cluster' }>, options: ServerOptions): Redis {
  if (address.kind === 'server') return new Redis(address.url, options);
  const { sentinels, master, database, login, sentinelLogin, tls } = address;
  return new Redis({
    ...options,
    ...login,
    name: master,
    db: database,
    sentinels: sentinels.map(({ host, port }) => ({ host, port })),
    ...(sentinelLogin.username !== undefined && { sentinelUsername: sentinelLogin.username }),
    ...(sentinelLogin.password !== undefined && { sentinelPassword: sentinelLogin.password }),
    // A sentinel that hangs must not keep us from asking the next one.
    sentinelCommandTimeout: 1000,
    ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
  });
}

/**
 * How long a node may take to tell where the keys are, over a connection made for that. Where neither does in time, all connections are made anew: a
 * cluster (or a process) that is only slow is made slower by that. A node that hangs keeps us so long from asking the next one.
 */
const slotsMs = 5_000;
/** Between two tries at a shard that has no master just now. */
const shardPauseMs = 200;
/** How often a command is tried at one: as long as it takes, about as long as a producer waits, and as a person does. */
const triesByRole = { worker: Number.MAX_SAFE_INTEGER, producer: 8, admin: 50 } as const satisfies Record<
  RedisRole,
  number
>;

function connectCluster(
  { nodes, login, tls, place }: Extract<RedisAddress, { kind: 'cluster' }>,
  role: RedisRole,
  options: SharedOptions,
  log: Log | undefined,
): Cluster {
  const cluster = new Cluster(
    nodes.map(({ host, port }) => ({ host, port })),
    {
      redisOptions: { ...options, ...login, ...(tls && { tls: {} }) },
      clusterRetryStrategy: retryStrategy,
      enableOfflineQueue: role !== 'producer',
      maxRedirections: triesByRole[role],
      retryDelayOnFailover: shardPauseMs,
      retryDelayOnClusterDown: shardPauseMs,
      // Two nodes that send us to each other, for as long as they disagree, are not asked without a pause.
      retryDelayOnMoved: 20,
      // New masters and replicas are seen although nothing led us to them.
      slotsRefreshInterval: 10_000,
      slotsRefreshTimeout: slotsMs,
      // Names stay names: a certificate is made out to the name, not to the address behind it.
      dnsLookup: (host, found) => found(null, host),
    },
  );
  settleConnect(cluster);
  sayStateChanges(cluster, place, log);
  return cluster;
}

/**
 * One line when Redis goes and one when it is back, however many retries lie between; of a cluster also for each of its nodes. Both are
 * warnings: who sees no more than those has to see that it is over, too.
 */
function sayStateChanges(redis: RedisClient, place: string, log: Log | undefined): void {
  const awaySince = new Map<string, number>();
  const gone = (where: string, error: Error): void => {
    if (awaySince.has(where)) return;
    awaySince.set(where, performance.now());
    log?.warn({ redis: where, reason: wordsOfConnection(error) }, 'Redis cannot be reached; trying again until it can');
  };
  const back = (where: string): void => {
    const since = awaySince.get(where);
    if (since === undefined) return;
    awaySince.delete(where);
    const awayMs = Math.round(performance.now() - since);
    log?.warn({ redis: where, awayMs }, `Redis is back after ${Math.max(1, Math.round(awayMs / 1000))} s`);
  };
  // Where something between us and Redis takes connections and drops them, no error comes.
  let drops = 0;
  redis.on('reconnecting', () => {
    drops += 1;
    if (drops > 1) gone(place, new Error('each connection is dropped'));
  });
  redis.on('error', (error: Error) => gone(place, error));
  redis.on('ready', () => {
    drops = 0;
    back(place);
  });
  if (redis instanceof Redis) return;
  redis.on('node error', (error: Error, where: string) => {
    // Also that it was asked in vain where the keys are, over a connection made for that: then its own may stand. Where that broke, it is
    // seen a moment later.
    setImmediate(() => {
      const stands = redis.nodes().some((node) => placeOfRedis(node) === where && node.status === 'ready');
      if (!stands) gone(where, error);
    });
  });
  redis.on('+node', (node: Redis) => node.on('ready', () => back(placeOfRedis(node))));
}
