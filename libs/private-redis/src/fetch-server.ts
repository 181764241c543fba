import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isNotFound } from './is-not-found.ts';
import { tryServerBinary, type ServerBinary } from './server-binary.ts';

type Say = (line: string) => void;

const lockPollMs = 100;

/** The program fetched earlier into `folder`, or null. */
export async function findFetchedServer(folder: string): Promise<ServerBinary | null> {
  const root = join(folder, 'root');
  return await tryServerBinary(join(root, 'usr/bin/redis-server'), { LD_LIBRARY_PATH: await libraryPath(root) });
}

/**
 * Fetches Debian's redis-server into `folder` without being root: apt checks the signatures, dpkg-deb unpacks, nothing is
 * installed. Null where apt-get or dpkg-deb is missing or fails. Of several processes that come at once, one fetches.
 */
export async function fetchServer(folder: string, say: Say): Promise<ServerBinary | null> {
  if (process.platform !== 'linux' || !(await exists('apt-get')) || !(await exists('dpkg-deb'))) return null;
  await mkdir(folder, { recursive: true });
  const unlock = await lock(join(folder, 'fetching'), say);
  try {
    // Another process may have fetched it while this one waited.
    const known = await findFetchedServer(folder);
    if (known !== null) return known;
    say('No Redis found here: fetching one from the package archive into this folder (about 2 MB, only once) …');
    const work = join(folder, 'work');
    await rm(work, { recursive: true, force: true });
    const failure = await fetchInto(work);
    if (failure !== null) {
      say(`Fetching did not work: ${failure}`);
      return null;
    }
    await rm(join(folder, 'root'), { recursive: true, force: true });
    await rename(join(work, 'root'), join(folder, 'root'));
    await rm(work, { recursive: true, force: true });
    return await findFetchedServer(folder);
  } finally {
    await unlock();
  }
}

/** Null when it worked, else the last words of what failed. The options of apt-get keep it away from the system's own state. */
async function fetchInto(work: string): Promise<string | null> {
  const [lists, cache, root] = [join(work, 'lists'), join(work, 'cache'), join(work, 'root')];
  for (const folder of [join(lists, 'partial'), join(cache, 'archives/partial'), root])
    await mkdir(folder, { recursive: true });
  const settings = [
    `Dir::State::lists=${lists}`,
    `Dir::Cache=${cache}`,
    `Dir::State::extended_states=${join(work, 'extended_states')}`,
    'Debug::NoLocking=1',
    'APT::Sandbox::User=',
    'Acquire::Languages=none',
    'APT::Update::Post-Invoke=',
    'APT::Update::Post-Invoke-Success=',
  ].flatMap((setting) => ['-o', setting]);
  const install = ['-qq', '-y', '--no-install-recommends', '--download-only', 'install', 'redis-server'];
  const updated = await attempt('apt-get', [...settings, '-qq', 'update']);
  if (updated !== null) return updated;
  const downloaded = await attempt('apt-get', [...settings, ...install]);
  if (downloaded !== null) return downloaded;
  const archives = join(cache, 'archives');
  for (const name of (await readdir(archives)).filter((entry) => entry.endsWith('.deb'))) {
    const unpacked = await attempt('dpkg-deb', ['-x', join(archives, name), root]);
    if (unpacked !== null) return unpacked;
  }
  return null;
}

async function attempt(command: string, args: readonly string[]): Promise<string | null> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said = `${said}${String(chunk)}`.slice(-500)));
  const code: unknown = await new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  return code === 0 ? null : `${command}: ${said.trim() || String(code)}`;
}

async function exists(command: string): Promise<boolean> {
  const child = spawn(command, ['--version'], { stdio: 'ignore' });
  return await new Promise((resolve) =>
    child.once('close', (code) => resolve(code === 0)).once('error', () => resolve(false)),
  );
}

/** Debian keeps libraries in a folder named after the machine, e.g. usr/lib/x86_64-linux-gnu. */
async function libraryPath(root: string): Promise<string> {
  try {
    const entries = await readdir(join(root, 'usr/lib'));
    return entries
      .filter((entry) => entry.includes('-linux-gnu'))
      .map((entry) => join(root, 'usr/lib', entry))
      .join(':');
  } catch (error) {
    if (isNotFound(error)) return '';
    throw error;
  }
}

/** A folder is made by one process only; it names the maker, so that a lock of the dead is broken. */
async function lock(folder: string, say: Say): Promise<() => Promise<void>> {
  for (let told = false; ; told = true) {
    try {
      await mkdir(folder);
      await writeFile(join(folder, 'pid'), String(process.pid));
      return async () => await rm(folder, { recursive: true, force: true });
    } catch (error) {
      if (!(typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    if (!told) say('Another process is fetching Redis: waiting for it …');
    await delay(lockPollMs);
    const owner = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => String(process.pid)));
    if (!isAlive(owner)) await rm(folder, { recursive: true, force: true });
  }
}

/** Whether a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EPERM';
  }
}

/** Resolves when a child has ended. */
export async function ended(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
