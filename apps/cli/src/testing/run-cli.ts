import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { onFreePorts } from '../config.ts';

const bin = fileURLToPath(new URL('../../bin/posthorn.mjs', import.meta.url));

/** Variables of the test run itself must not reach the command. */
const cleanEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('POSTHORN_') && name !== 'REDIS_URL'),
);

type Env = Readonly<Record<string, string>>;

/** The test run's Redis, in a database that only this project uses. */
export function testRedisUrl(): string {
  const base = process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  return `${base.replace(/\/\d*$/u, '')}/5`;
}

/** A folder of its own for one test. */
export function tempHome(): { readonly dir: string; readonly remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'posthorn-cli-'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Free ports and the test's Redis. */
export function fleetEnv(home: string): Env {
  return {
    POSTHORN_HOME: home,
    REDIS_URL: testRedisUrl(),
    ...onFreePorts,
  };
}

/** A command that runs as a process of its own. */
export interface Running {
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly done: Promise<number>;
  /** Waits until one of the outputs holds the text. */
  readonly says: (text: string) => Promise<void>;
}

export function start(args: readonly string[], env: Env, node = process.execPath, input = ''): Running {
  const child = spawn(node, [bin, ...args], { env: { ...cleanEnv, ...env }, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  child.stdin.end(input);
  const done = once(child, 'close').then(([code, signal]: unknown[]) => {
    if (typeof code === 'number') return code;
    throw new Error(`ended by ${String(signal)}`);
  });
  let ended = false;
  done.then(
    () => (ended = true),
    () => (ended = true),
  );
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    kill: (signal) => void child.kill(signal),
    done,
    says: async (text) => {
      while (!stdout.includes(text) && !stderr.includes(text)) {
        if (ended) throw new Error(`it ended without saying "${text}":\n${stdout}\n${stderr}`);
        await delay(20);
      }
    },
  };
}

/** Runs a command to its end. */
export async function run(
  args: readonly string[],
  env: Env,
  input = '',
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const running = start(args, env, process.execPath, input);
  return { code: await running.done, stdout: running.stdout(), stderr: running.stderr() };
}

/** `posthorn up`, once it is up. */
export async function startUp(env: Env): Promise<Running & { readonly apiUrl: string; readonly sandboxUrl: string }> {
  const running = start(['up'], env);
  await running.says('Stop ');
  const address = (name: string): string =>
    z.string().parse(new RegExp(`${name}\\s+(?<url>http://\\S+)`, 'u').exec(running.stdout())?.groups?.['url']);
  return { ...running, apiUrl: address('Message API'), sandboxUrl: address('Sandbox') };
}
