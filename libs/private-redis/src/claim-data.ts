import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { askRedis } from './ask-redis.ts';
import { isAlive } from './fetch-server.ts';
import { processId } from './run-server.ts';

/** Who uses a data folder. */
interface Claim {
  readonly owner: number;
  readonly redis: number;
  readonly port: number;
}

const claimName = 'in-use.json';
const goneMs = 10_000;

/**
 * Makes this process the only user of a data folder; two Redis on one folder would destroy each other's files. Throws a message
 * for people if another process that lives uses it. A Redis left behind by a dead one is shut down first.
 */
export async function claimData(
  dataDir: string,
  port: number,
): Promise<{ readonly setRedis: (pid: number) => Promise<void>; readonly release: () => Promise<void> }> {
  const file = join(dataDir, claimName);
  const write = async (redis: number, flag: 'w' | 'wx') =>
    await writeFile(file, JSON.stringify({ owner: process.pid, redis, port } satisfies Claim), { flag });
  const claimed = await write(0, 'wx').then(
    () => true,
    () => false,
  );
  if (!claimed) {
    await freeOfOthers(file, dataDir);
    await write(0, 'w');
  }
  return { setRedis: (pid) => write(pid, 'w'), release: () => rm(file, { force: true }) };
}

async function freeOfOthers(file: string, dataDir: string): Promise<void> {
  const claim = parse(await readFile(file, 'utf8').catch(() => ''));
  if (claim === null) return;
  const running = (await processId(claim.port)) === claim.redis;
  // An id may have been given to another process since (a restart of the machine): then no Redis of ours answers there.
  if (isAlive(claim.owner) && (running || claim.redis === 0) && claim.owner !== process.pid) {
    throw new Error(
      `${dataDir} is in use by process ${claim.owner}${running ? ` (its Redis listens on port ${claim.port})` : ''}. ` +
        `Stop that one first, or use another folder. If there is no such process any more, delete ${file}.`,
    );
  }
  if (!running) return;
  if (claim.owner === process.pid) throw new Error(`${dataDir} is in use by this process already; use another folder.`);
  await askRedis(claim.port, 'SHUTDOWN');
  for (const until = performance.now() + goneMs; isAlive(claim.redis) && performance.now() < until;) await delay(20);
}

function parse(text: string): Claim | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('owner' in value) || !('redis' in value) || !('port' in value))
      return null;
    const { owner, redis, port } = value;
    return typeof owner === 'number' && typeof redis === 'number' && typeof port === 'number'
      ? { owner, redis, port }
      : null;
  } catch {
    return null;
  }
}
