import type { RedisClient } from '@posthorn/runtime';
import { watchCommands } from '@posthorn/runtime/testing';
import { cpuSecondsOf } from './cpu.ts';

/** What a Redis uses. */
export interface RedisUsage {
  readonly version: string;
  readonly pid: number;
  /** User and system, all threads. From INFO, so that it holds for a Redis elsewhere, too. */
  readonly cpuSeconds: () => Promise<number>;
  readonly usedBytes: () => Promise<number>;
  readonly settings: () => Promise<Readonly<Record<string, string>>>;
}

const shownSettings = ['appendonly', 'appendfsync', 'maxmemory-policy', 'hash-max-*-value', 'save', 'io-threads'];

export async function watchRedis(redis: RedisClient): Promise<RedisUsage> {
  const server = toFields(await redis.info('server'));
  const pid = Number(server.get('process_id'));
  return {
    version: server.get('redis_version') ?? 'unknown',
    pid,
    cpuSeconds: async () => {
      const local = cpuSecondsOf(pid);
      if (local > 0) return local;
      const cpu = toFields(await redis.info('cpu'));
      return Number(cpu.get('used_cpu_user')) + Number(cpu.get('used_cpu_sys'));
    },
    usedBytes: async () => Number(toFields(await redis.info('memory')).get('used_memory')),
    settings: async () => {
      const found = await Promise.all(shownSettings.map(async (name) => await redis.config('GET', name)));
      const flat = found.flatMap((pair) => (Array.isArray(pair) ? pair.map(String) : []));
      return Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [])));
    },
  };
}

/** Reads the lines of INFO. */
export function toFields(info: string): ReadonlyMap<string, string> {
  return new Map(
    info.split(/\r?\n/u).flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 0 || line.startsWith('#') ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );
}

/**
 * Counts the commands that named connections send while `work` runs: each is a request with an answer, whatever a script does
 * inside Redis. By connection name and command. Slows Redis down (MONITOR), so not for a run whose time is taken.
 */
export async function countCommands(
  redis: RedisClient,
  names: readonly string[],
  work: () => Promise<void>,
): Promise<ReadonlyMap<string, number>> {
  const nameByAddress = new Map<string, string>();
  const look = async (): Promise<void> => {
    for (const line of String(await redis.client('LIST')).split('\n')) {
      const [address, name] = [/ addr=(\S+)/u.exec(line)?.[1], / name=(\S*)/u.exec(line)?.[1]];
      if (address !== undefined && name !== undefined) nameByAddress.set(address, name);
    }
  };
  const counts = new Map<string, number>();
  await look();
  const watching = await watchCommands(redis, ({ source, words: [command = ''] }) => {
    if (source === 'lua') return;
    const name = names.find((wanted) => nameByAddress.get(source)?.startsWith(wanted));
    if (name === undefined) return;
    const key = `${name} ${command.toLowerCase()}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  try {
    await work();
    await watching.caughtUp();
    return counts;
  } finally {
    watching.close();
  }
}
