import { mkdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { askRedis } from './ask-redis.ts';
import type { ServerSettings } from './run-server.ts';
import { startPrivateRedis, type PrivateRedis } from './start-private-redis.ts';

/** One server among several, whose process is the caller's to break. */
export interface PrivateNode {
  readonly port: number;
  /** SIGKILL. */
  readonly kill: () => Promise<void>;
  /** Starts it again with what its files hold; as master or replica, as the others say. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const waitMs = 60_000;

/** Starts one in a folder of its own. `programDir` is where a fetched program is kept. */
export async function startPrivateNode(
  dir: string,
  {
    programDir,
    port,
    settings,
  }: { readonly programDir: string; readonly port: number; readonly settings: ServerSettings },
): Promise<PrivateNode> {
  await mkdir(dir, { recursive: true });
  await symlink(resolve(programDir, 'redis'), join(dir, 'redis'));
  const launch = async (): Promise<PrivateRedis> =>
    await startPrivateRedis({
      dir,
      port,
      persistent: true,
      kinds: ['path', 'fetched'],
      settings,
      log: () => undefined,
    });
  let running: PrivateRedis | null = await launch();
  return {
    port,
    kill: async () => {
      const victim = running;
      running = null;
      if (victim?.pid !== null && victim !== null) process.kill(victim.pid, 'SIGKILL');
      // Its own stop waits until the process is gone, and gives the folder free.
      await victim?.stop();
    },
    start: async () => {
      running ??= await launch();
    },
    stop: async () => await running?.stop(),
  };
}

/** Throws what a server does not want. */
export async function ask(port: number, command: string): Promise<string> {
  const answer = await askRedis(port, command);
  if (answer === null || answer.startsWith('-'))
    throw new Error(`the Redis on port ${port} refused "${command.slice(0, 40)}": ${answer ?? 'no answer'}`);
  return answer;
}

/** Looks until it is so; a look that fails counts as no. */
export async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  for (const giveUp = performance.now() + waitMs; !(await look().catch(() => false));) {
    if (performance.now() > giveUp) throw new Error(`waited ${waitMs / 1000} s in vain for ${what}`);
    await delay(50);
  }
}
