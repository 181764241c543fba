import { mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@posthorn/runtime';

const leaseName = 'lease';

/** The folder of one process. It is ours while its lease file is there and was touched within `leaseMs`. */
export interface Lease {
  readonly folder: string;
  /** Says that we live. False: the folder was taken from us, for we looked dead. */
  readonly renew: () => Promise<boolean>;
  /** Whether the folder is still ours. What was fsynced before a true is seen by whoever takes the folder later. */
  readonly holds: () => Promise<boolean>;
  /** Lets others take it at once; without anything in it, it goes. */
  readonly release: (isEmpty: boolean) => Promise<void>;
}

/** Makes a folder of our own under `root`. It appears with its lease in it, so nobody takes it for a dead one's. */
export async function takeFolder(root: string, id: string, clock: Clock): Promise<Lease> {
  const made = join(root, `.${id}`);
  const folder = join(root, id);
  await mkdir(made, { recursive: true, mode: 0o700 });
  await writeFile(join(made, leaseName), '');
  await touch(join(made, leaseName), clock);
  await rename(made, folder);
  await syncFolder(root);
  const file = join(folder, leaseName);
  return {
    folder,
    renew: async () => await worked(touch(file, clock)),
    holds: async () => await worked(stat(file)),
    release: async (isEmpty) => await rm(isEmpty ? folder : file, { recursive: true, force: true }),
  };
}

/**
 * Moves the folders of dead processes into ours: a rename, so that one of several takers gets it, and a process that only looked
 * dead finds its folder gone before it answers for anything more. Returns where they are now.
 */
export async function takeDeadFolders(root: string, lease: Lease, leaseMs: number, clock: Clock): Promise<string[]> {
  const taken: string[] = [];
  for (const entry of await readdir(root, { withFileTypes: true })) {
    const from = join(root, entry.name);
    if (!entry.isDirectory() || entry.name.startsWith('.') || entry.name === setAsideName || from === lease.folder)
      continue;
    const touched = await stat(join(from, leaseName)).catch(() => null);
    if (touched !== null && touched.mtimeMs > clock.now() - leaseMs) continue;
    const to = join(lease.folder, entry.name);
    if (await worked(rename(from, to))) taken.push(to);
  }
  if (taken.length > 0) await syncFolder(root);
  return taken;
}

/** Under `root`: entries that could not be delivered. */
export const setAsideName = 'set-aside';

/** Makes names in a folder last: a file's own fsync does not. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function touch(file: string, clock: Clock): Promise<void> {
  const seconds = clock.now() / 1000;
  await utimes(file, seconds, seconds);
}

/** False where the file is gone; any other fault of the disk is thrown. */
async function worked(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
