import { existsSync } from 'node:fs';
import { cp, mkdtemp, open, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startPrivateRedis } from '@posthorn/private-redis';
import { closeRedis, connectRedis, parseRedisInfo } from '@posthorn/runtime';

/** How often a Redis syncs its append-only file; `none`: it keeps nothing. */
export type RedisSync = 'none' | 'everysec' | 'always';

/** What the fleet of a run gets for a Redis. */
export type RedisKind = RedisSync | 'sentinels' | 'cluster';

/** A Redis of this run, whose process and files are ours to break. */
export interface RedisHost {
  readonly url: string;
  readonly port: number;
  /**
   * SIGKILL. With `lostMs` the end of the append-only file goes too, as if the machine had lost its power. Of several servers a master, whose
   * replicas were cut off from it for the last `lostMs`. Resolves with the moment (ms since 1970) of which everything is kept.
   */
  readonly kill: (lostMs?: number) => Promise<number>;
  /** Starts it again on the same port, with what its files hold. */
  readonly start: () => Promise<void>;
  /** Copies its files aside, as a backup of a running Redis does. */
  readonly backUp: () => Promise<void>;
  /** Puts the copy in the place of the files. Only while it does not run. */
  readonly restore: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const sampleMs = 100;

/** Starts a private Redis. It ends with this process at the latest. */
export async function startRedisHost(sync: RedisSync): Promise<RedisHost> {
  const dir = await mkdtemp(join(tmpdir(), 'posthorn-chaos-'));
  const fetched = fileURLToPath(new URL('../../../../.posthorn/redis', import.meta.url));
  if (existsSync(fetched)) await symlink(fetched, join(dir, 'redis'));
  const [data, copy] = [join(dir, 'data'), join(dir, 'copy')];

  let running = await launch();
  async function launch(port?: number) {
    const redis = await startPrivateRedis({
      dir,
      persistent: sync !== 'none',
      kinds: ['path', 'fetched'],
      log: () => undefined,
      ...(port !== undefined && { port }),
    });
    const admin = connectRedis({ url: redis.url, role: 'admin' });
    const pid = Number(parseRedisInfo(await admin.info('server')).get('process_id'));
    if (sync === 'always') await admin.config('SET', 'appendfsync', 'always');
    await closeRedis(admin);
    return { redis, pid };
  }

  const tail = sync === 'none' ? null : followTail(join(data, 'appendonlydir'));
  return {
    url: running.redis.url,
    port: running.redis.port,
    kill: async (lostMs) => {
      const keptUntil = Date.now() - (lostMs ?? 0);
      process.kill(running.pid, 'SIGKILL');
      // Its own stop waits until the process is gone, and gives the folder free.
      await running.redis.stop();
      if (lostMs !== undefined) await tail?.cut(lostMs);
      return keptUntil;
    },
    start: async () => {
      running = await launch(running.redis.port);
    },
    backUp: async () => await cp(data, copy, { recursive: true }),
    restore: async () => {
      await rm(data, { recursive: true });
      await cp(copy, data, { recursive: true });
    },
    close: async () => {
      tail?.stop();
      await running.redis.stop().catch(() => undefined);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Remembers how long the append-only file was when, so that its last moments can be taken away. */
function followTail(folder: string) {
  const seen: { readonly atMs: number; readonly file: string; readonly bytes: number }[] = [];
  const stopping = new AbortController();
  const look = async (): Promise<void> => {
    const file = (await readdir(folder))
      .filter((name) => name.endsWith('.incr.aof'))
      .toSorted()
      .at(-1);
    if (file === undefined) return;
    const path = join(folder, file);
    seen.push({ atMs: performance.now(), file: path, bytes: (await stat(path)).size });
    if (seen.length > 100) seen.shift();
  };
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await look().catch(() => undefined);
      await delay(sampleMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  })();
  return {
    cut: async (lostMs: number): Promise<void> => {
      const before = performance.now() - lostMs;
      const last = seen.findLast(({ atMs }) => atMs <= before);
      if (last === undefined) return;
      const file = await open(last.file, 'r+');
      await file.truncate(last.bytes);
      await file.close();
    },
    stop: () => {
      stopping.abort();
      void loop;
    },
  };
}
