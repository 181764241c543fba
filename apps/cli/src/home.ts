import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder of one installation on this machine: `.posthorn` where the command is run, or POSTHORN_HOME. */
export interface Home {
  readonly dir: string;
  readonly keysFile: string;
  readonly runFile: string;
  readonly logFile: string;
}

/** Where it is; nothing is made. */
export function homeOf(env: Readonly<Record<string, string | undefined>>): Home {
  const dir = resolve(env['POSTHORN_HOME'] || '.posthorn');
  return {
    dir,
    keysFile: join(dir, 'keys.json'),
    runFile: join(dir, 'run.json'),
    logFile: join(dir, 'posthorn.log'),
  };
}

/** Makes the folder, for its owner alone. One that is there keeps its rights. */
export function makeHome({ dir }: Home): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}
