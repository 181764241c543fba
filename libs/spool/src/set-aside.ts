import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setAsideName, syncFolder } from './lease.ts';
import { bytesIn } from './sizes.ts';

/** What nobody could deliver or read, a file each, shared by all processes on the volume. */
export interface SetAside {
  readonly put: (name: string, bytes: Buffer) => Promise<void>;
  /** Removes the files that are unwanted. Returns how many. */
  readonly clear: (isUnwanted: (file: Buffer) => boolean) => Promise<number>;
  /** Of those that were there at the start, and of those put since. */
  readonly bytes: () => number;
}

/** Opens the folder under `root`, and makes it first if need be. */
export async function openSetAside(root: string): Promise<SetAside> {
  const folder = join(root, setAsideName);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let total = await bytesIn(folder);
  return {
    put: async (name, bytes) => {
      await writeFile(join(folder, `${name}.calls`), bytes, { flag: 'wx', mode: 0o600, flush: true });
      total += bytes.byteLength;
      await syncFolder(folder);
    },

    clear: async (isUnwanted) => {
      let count = 0;
      for (const name of await readdir(folder)) {
        const path = join(folder, name);
        // Another process with the same volume may have been quicker.
        const file = await readFile(path).catch(() => null);
        if (file === null || !isUnwanted(file)) continue;
        await rm(path, { force: true });
        total -= file.byteLength;
        count += 1;
      }
      if (count > 0) await syncFolder(folder);
      return count;
    },

    bytes: () => total,
  };
}
