import { Redis } from 'ioredis';
import type { Log } from './create-log.ts';

/**
 * What a connection is for. `producer`: fails fast, never queues while Redis is away. `worker`: waits for Redis as long as it
 * takes, as BullMQ asks of workers. `admin`: a person or a check waits for the answer.
 */
export type RedisRole = 'producer' | 'worker' | 'admin';

/** Settings of a connection. */
export interface RedisConnection {
  readonly url: string;
  readonly role: RedisRole;
  readonly log?: Log;
  /** The name CLIENT LIST shows. */
  readonly name?: string;
  /** For producer and admin; a command that timed out may still be carried out. Default: 2 s, for admin 10 s. */
  readonly commandTimeoutMs?: number;
}

/** Opens a connection that connects by itself, again and again. Close it with `closeRedis`. */
export function connectRedis({ url, role, log, name, commandTimeoutMs }: RedisConnection): Redis {
  const redis = new Redis(url, {
    ...optionsByRole(role, commandTimeoutMs),
    ...(name !== undefined && { connectionName: name }),
    connectTimeout: 5000,
    keepAlive: 10_000,
    retryStrategy: (times) => Math.min(times * 100, 2000),
    // After a fail-over the old master refuses writes until the address leads to the new one.
    reconnectOnError: (error) => error.message.includes('READONLY'),
  });
  sayStateChanges(redis, log);
  return redis;
}

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
        enableOfflineQueue: false,
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

/** One line when Redis goes and one when it is back, however many retries lie between. */
function sayStateChanges(redis: Redis, log: Log | undefined): void {
  let away = false;
  const { host, port } = redis.options;
  redis.on('error', (error: Error) => {
    if (away) return;
    away = true;
    log?.warn({ host, port, err: error }, 'Redis cannot be reached; trying again until it can');
  });
  redis.on('ready', () => {
    if (away) log?.info({ host, port }, 'Redis is reached again');
    away = false;
  });
}
