import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A Redis (or Valkey) program that was run and is recent enough. */
export interface ServerBinary {
  readonly file: string;
  readonly version: string;
  /** What it needs in its environment to find its libraries. */
  readonly env: Readonly<Record<string, string>>;
}

const names = ['redis-server', 'valkey-server'];
const usualFolders = ['/usr/local/bin', '/usr/bin', '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin', '/snap/bin'];

/** Looks through the folders of `path` (as in PATH) and the usual ones; null if there is none of at least 6.2. */
export async function findServerBinary(
  path: string,
  folders: readonly string[] = usualFolders,
): Promise<ServerBinary | null> {
  for (const folder of new Set([...path.split(':').filter((part) => part !== ''), ...folders])) {
    for (const name of names) {
      const found = await tryServerBinary(join(folder, name), {});
      if (found !== null) return found;
    }
  }
  return null;
}

/** The program at a place, if it is there, runs, and is at least 6.2. */
export async function tryServerBinary(
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<ServerBinary | null> {
  try {
    await access(file, constants.X_OK);
    const { stdout } = await run(file, ['--version'], { env: { ...env }, timeout: 5000 });
    const version = /v=(?<version>\d+\.\d+\.\d+)/u.exec(stdout)?.groups?.['version'];
    return version !== undefined && isRecent(version) ? { file, version, env } : null;
  } catch {
    return null;
  }
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 2);
}
