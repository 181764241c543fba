import { mastersOf, parseRedisInfo, placeOfRedis, topologyOf, type RedisClient } from '@posthorn/runtime';
import type { Redis } from 'ioredis';
import type { ServerFacts } from './judge-server.ts';

type ReadFacts = Omit<ServerFacts, 'filesIn'>;

/** Reads what `judgeServer` judges, of each server that takes writes. */
export async function readServers(redis: RedisClient, nowMs: () => number): Promise<readonly ReadFacts[]> {
  const [masters, topology] = [mastersOf(redis), topologyOf(redis)];
  const facts: ReadFacts[] = [];
  // One after the other: how long the answer about the clock takes counts.
  for (const master of masters)
    facts.push({
      ...(await readServer(master, nowMs)),
      place: masters.length > 1 ? placeOfRedis(master) : null,
      isReplicated: topology !== 'server',
    });
  return facts;
}

/** The names by which apps that keep files are connected. Others, this command among them, may be on hosts of their own. */
const keepsFiles = /^(?:posthorn-ingress|worker-.+|scheduler)$/u;

/** Managed services and rules that refuse CONFIG or CLIENT LIST leave gaps, not failures. */
async function readServer(redis: Redis, nowMs: () => number): Promise<Omit<ReadFacts, 'place' | 'isReplicated'>> {
  const askedAt = nowMs();
  const [seconds, micros] = await redis.time();
  const answeredAt = nowMs();
  const redisMs = Number(seconds) * 1_000 + Number(micros) / 1_000;
  const info = parseRedisInfo(await redis.info());
  const told = await redis.config('GET', 'maxclients').catch(() => null);
  const least = await redis.config('GET', 'min-replicas-to-write').catch(() => null);
  const clientsMax = Array.isArray(told) ? Number(told[1]) : Number(info.get('maxclients') ?? Number.NaN);
  const clients = await redis.client('LIST').then(String, () => null);
  return {
    info,
    replicasToWrite: Array.isArray(least) ? Number(least[1]) : null,
    clientsMax: Number.isInteger(clientsMax) ? clientsMax : null,
    skewMs: (askedAt + answeredAt) / 2 - redisMs,
    askedMs: answeredAt - askedAt,
    hosts: clients === null ? null : hostsOf(clients),
  };
}

/** Of the apps that keep files, by an answer to CLIENT LIST. */
function hostsOf(clients: string): readonly string[] {
  const lines = clients.matchAll(/ addr=(?<host>\S+):\d+ .*? name=(?<name>\S*) /gu);
  return [
    ...new Set([...lines].flatMap(({ groups: { host = '', name = '' } = {} }) => (keepsFiles.test(name) ? host : []))),
  ];
}
