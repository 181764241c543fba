import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** One app of the fleet as a real process of its own. */
export interface AppProcess {
  readonly name: string;
  /** Where it listens. */
  readonly url: string;
  readonly pid: number;
  /** SIGKILL: nothing is finished, nothing is said. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  readonly stop: () => Promise<number | null>;
  /** CPU seconds used so far, user and system. */
  readonly cpuSeconds: () => number;
}

/**
 * Starts `apps/<app>/src/main.ts` and resolves once it says where it listens (each app logs one line with `url`).
 * Rejects with its last lines if it ends before.
 */
export async function startAppProcess(
  app: string,
  env: Readonly<Record<string, string>>,
  readCpu: (pid: number) => number,
): Promise<AppProcess> {
  return await startProcess(app, new URL(`../../${app}/src/main.ts`, import.meta.url), env, readCpu);
}

/** The same for any program that says `"url":"http:…"` once it listens. */
export async function startProcess(
  app: string,
  program: URL,
  env: Readonly<Record<string, string>>,
  readCpu: (pid: number) => number,
): Promise<AppProcess> {
  const main = fileURLToPath(program);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    env: { ...env, PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Whoever started it may end without stopping it.
  const orphaned = (): void => void child.kill('SIGKILL');
  process.once('exit', orphaned);
  child.once('exit', () => process.off('exit', orphaned));
  const url = await listening(app, child);
  const pid = child.pid ?? 0;
  const exited = child.exitCode === null ? once(child, 'exit') : Promise.resolve([]);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  return {
    name: app,
    url,
    pid,
    kill: async () => await end('SIGKILL'),
    stop: async () => {
      await end('SIGTERM');
      return child.exitCode;
    },
    cpuSeconds: () => readCpu(pid),
  };
}

async function listening(app: string, child: ChildProcess): Promise<string> {
  const last: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const read = (line: string): void => {
    last.push(line);
    if (last.length > 20) last.shift();
    const url = /"url":"(http:[^"]+)"/u.exec(line)?.[1];
    if (url !== undefined) resolve(url);
  };
  const readers = [child.stdout, child.stderr].flatMap((stream) =>
    stream === null ? [] : [{ stream, lines: createInterface({ input: stream }).on('line', read) }],
  );
  child.once('exit', (code) =>
    reject(new Error(`${app} ended with ${String(code)} before it listened:\n${last.join('\n')}`)),
  );
  const url = await promise;
  // From here on its log is thrown away unread: splitting it into lines would cost this process what is to be measured.
  for (const { stream, lines } of readers) {
    lines.close();
    stream.resume();
  }
  return url;
}
