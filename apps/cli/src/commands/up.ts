import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startPrivateRedis } from '@posthorn/private-redis';
import { createHttp, createLog, runApp, type Log, type Own, withoutPasswords } from '@posthorn/runtime';
import { CliError } from '../cli-error.ts';
import { readFleetConfig, readUpConfig, type UpConfig } from '../config.ts';
import { homeOf, makeHome, type Home } from '../home.ts';
import { newKeys, readKeys, writeKeys, type Keys } from '../keys-file.ts';
import { openLogFile } from '../log-file.ts';
import { readRun, removeRun, writeRun } from '../run-file.ts';
import { startFleet } from '../start-fleet.ts';
import { toTerminalLine } from '../terminal-log.ts';
import { createOpenParts, type OpenParts } from '../open-parts.ts';
import type { Terminal } from '../terminal.ts';
import { welcome } from '../welcome.ts';

/** Longer than the worker's 25 s, in which a send of up to 20 s and its record fit; Redis then has time to write its file. */
const stopGraceMs = 40_000;
/** npm and a terminal both hand on one Ctrl-C: what comes within this time is the same one. */
const sameSignalMs = 300;
const tellAgainMs = 2_000;

/** `posthorn up`: every app in this process, until it is told to stop. */
export async function up(terminal: Terminal, { verbose }: { readonly verbose: boolean }): Promise<void> {
  const { env, out, err } = terminal;
  const startedAt = performance.now();
  const home = homeOf(env);
  const config = readUpConfig(env);
  // Before anything is started: faults of the configuration need no stopping.
  const kept = readKeys(home);
  const keys = kept ?? newKeys();
  // A private Redis lives and dies with the workers here: after its restart none of them has anything to write back.
  const upDefaults = {
    POSTHORN_SPOOL_DIR: join(home.dir, 'spool'),
    ...(config.REDIS_URL === undefined && { POSTHORN_QUARANTINE_MS: '0' }),
  };
  const fleetConfig = readFleetConfig({ ...upDefaults, ...env }, secretsFor(config, keys));
  await refuseTwice(home);
  makeHome(home);
  if (kept === null) writeKeys(home, keys);
  writeRun(home, { v: 1, pid: process.pid, fleet: null });
  const forget = terminal.onExit(() => removeRun(home));

  const file = openLogFile(home.logFile);
  const logOf = (app: string): Log =>
    createLog({
      app,
      level: config.POSTHORN_LOG_LEVEL,
      destination: {
        write: (line) => {
          file.write(line);
          const shown = toTerminalLine(line, { verbose });
          if (shown !== null) err(shown);
        },
      },
    });
  // What runApp says of start and stop is said below in other words.
  const quiet = createLog({ app: 'up', level: config.POSTHORN_LOG_LEVEL, destination: file });

  const open = createOpenParts('posthorn');
  let isStopping = false;
  const running = runApp('posthorn', { stopGraceMs, log: quiet, handleSignals: false }, async (give) => {
    const own = open.track('posthorn', give);
    const redis = await startRedis(own, config, home, err);
    if (isStopping) return;
    const fleet = await startFleet(own, {
      redisUrl: redis.url,
      config: fleetConfig,
      secrets: keys.sandbox,
      apiKey: keys.apiKeyByRedis[redis.name],
      env,
      logOf,
      track: open.track,
    });
    if (keys.apiKeyByRedis[redis.name] !== fleet.apiKey) {
      writeKeys(home, { ...keys, apiKeyByRedis: { ...keys.apiKeyByRedis, [redis.name]: fleet.apiKey } });
    }
    if (isStopping) return;
    writeRun(home, { v: 1, pid: process.pid, fleet: { redisUrl: redis.url, apiKey: fleet.apiKey, urls: fleet.urls } });
    const { POSTHORN_OPS_USER: user, POSTHORN_OPS_PASSWORD: password = '' } = fleetConfig.ops;
    const startMs = performance.now() - startedAt;
    for (const line of welcome({ ...fleet, home, redis: redis.says, login: { user, password }, startMs })) out(line);
  });

  const telling = new AbortController();
  let firstAt: number | null = null;
  const unlisten = terminal.onStop(() => {
    if (firstAt !== null) {
      if (performance.now() - firstAt < sameSignalMs) return;
      err('Left at once. What was under way is taken up at the next start.');
      terminal.exit(130);
    }
    firstAt = performance.now();
    isStopping = true;
    void tellWhatIsLeft(open, err, telling.signal);
    err(`Stopping. Waiting for: ${open.slow().join(', ') || 'the start'}. Ctrl-C once more leaves at once.`);
    running.stop().catch((error: unknown) => {
      for (const fault of faultsOf(error)) err(`posthorn did not stop cleanly: ${fault}`);
    });
  });

  try {
    await running.started;
    const code = await running.done;
    terminal.setExitCode(code);
    if (code === 0) err('Stopped.');
  } finally {
    telling.abort();
    unlisten();
    removeRun(home);
    forget();
    file.close();
  }
}

function secretsFor(config: UpConfig, keys: Keys): Readonly<Record<string, string>> {
  return {
    POSTHORN_SEALING_KEYS: config.POSTHORN_SEALING_KEYS ?? keys.sealingKeys,
    POSTHORN_LOOKUP_KEY: config.POSTHORN_LOOKUP_KEY ?? keys.lookupKey,
    POSTHORN_OPS_PASSWORD: config.POSTHORN_OPS_PASSWORD ?? keys.opsPassword,
  };
}

async function refuseTwice(home: Home): Promise<void> {
  const run = readRun(home, process.pid);
  if (run === null) return;
  if (run.fleet === null) {
    throw new CliError(
      `posthorn is starting in ${home.dir} already (process ${run.pid}). ` +
        `Wait for it, or set POSTHORN_HOME to another folder. If there is no such process, delete ${home.runFile}.`,
    );
  }
  // Another program may have got the id of one that died; then nobody listens there.
  const { api } = run.fleet.urls;
  const client = createHttp({ timeoutMs: 2_000 });
  const reply = await client.http({ operation: 'up.livez', method: 'GET', url: `${api}/livez` });
  await client.close();
  if (reply.kind === 'not_sent' && reply.reason === 'ECONNREFUSED') return;
  throw new CliError(
    `posthorn is running in ${home.dir} already (process ${run.pid}, ${api}). Stop it with "kill ${run.pid}" or Ctrl-C where it runs, ` +
      'or set POSTHORN_HOME to another folder, and the POSTHORN_…_PORT variables to other ports.',
  );
}

/** Of what was closed side by side, each by itself. */
function faultsOf(error: unknown): readonly string[] {
  if (error instanceof AggregateError) return error.errors.flatMap(faultsOf);
  if (error instanceof Error && error.cause instanceof AggregateError) return faultsOf(error.cause);
  return [error instanceof Error ? error.message : String(error)];
}

interface RunningRedis {
  readonly url: string;
  /** Tells it from other ones; holds no password. */
  readonly name: string;
  readonly says: string;
}

async function startRedis(own: Own, config: UpConfig, home: Home, err: (line: string) => void): Promise<RunningRedis> {
  if (config.REDIS_URL !== undefined) {
    const url = withoutPasswords(config.REDIS_URL);
    return { url: config.REDIS_URL, name: url, says: `Redis at ${url}, from REDIS_URL` };
  }
  const redis = own(
    await startPrivateRedis({ dir: home.dir, persistent: true, log: err }),
    async (server) => await server.stop(),
    'private Redis',
  );
  return { url: redis.url, name: 'private', says: `a private Redis ${redis.version}, at ${redis.url}` };
}

/** From the stop on: what has just been said is not said again at once. */
async function tellWhatIsLeft(open: OpenParts, err: (line: string) => void, signal: AbortSignal): Promise<void> {
  for (let told = ''; !signal.aborted;) {
    await delay(tellAgainMs, undefined, { signal, ref: false }).catch(() => undefined);
    const left = open.closing().join(', ') || 'the start';
    if (signal.aborted || left === told) continue;
    told = left;
    err(`Still waiting for: ${left}.`);
  }
}
