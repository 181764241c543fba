import { parseRedisInfo, type RedisClient } from '@posthorn/runtime';
import type { ServerFacts } from './judge-server.ts';

/** Reads what `judgeServer` judges. Managed services that refuse CONFIG or CLIENT LIST leave gaps, not failures. */
export async function readServer(redis: RedisClient, nowMs: () => number): Promise<Omit<ServerFacts, 'filesInFolder'>> {
  const askedAt = nowMs();
  const [seconds, micros] = await redis.time();
  const answeredAt = nowMs();
  const redisMs = Number(seconds) * 1_000 + Number(micros) / 1_000;
  const info = parseRedisInfo(await redis.info());
  const told = await redis.config('GET', 'maxclients').catch(() => null);
  const clientsMax = Array.isArray(told) ? Number(told[1]) : Number(info.get('maxclients') ?? Number.NaN);
  const clients = String(await redis.client('LIST').catch(() => ''));
  const hosts = [...clients.matchAll(/ addr=(?<host>\S+):\d+ /gu)].map(({ groups }) => groups?.['host'] ?? '');
  return {
    info,
    clientsMax: Number.isInteger(clientsMax) ? clientsMax : null,
    skewMs: (askedAt + answeredAt) / 2 - redisMs,
    askedMs: answeredAt - askedAt,
    hosts: [...new Set(hosts)],
  };
}
