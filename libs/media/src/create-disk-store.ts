import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isBlobName, requireBlobName, type BlobStore } from './blob-store.ts';

const halfPattern = /^med_[0-9A-HJKMNP-TV-Z]{26}\.[0-9a-f-]{36}\.part$/u;

/**
 * Files in a folder, readable for its owner alone. A file is written beside its place, made durable, and renamed into it: so what
 * has its name is whole. All copies of ingress, workers and schedulers must see the same folder.
 */
export function createDiskStore(folder: string): BlobStore {
  // An id begins with its time and ends with random characters: spread by these.
  const pathOf = (name: string): string => join(folder, requireBlobName(name).slice(-2), name);
  return {
    write: async (name, content) => {
      const path = pathOf(name);
      const parent = dirname(path);
      await mkdir(parent, { recursive: true, mode: 0o700 });
      const half = `${path}.${randomUUID()}.part`;
      try {
        await pipeline(content, createWriteStream(half, { mode: 0o600, flags: 'wx', flush: true }));
        await rename(half, path);
      } catch (error) {
        await rm(half, { force: true });
        throw error;
      }
      // The name is durable when its folder is.
      const opened = await open(parent);
      await opened.sync().finally(async () => await opened.close());
    },
    read: async (name, range) => {
      try {
        const file = await open(pathOf(name));
        return file.createReadStream(range);
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    remove: async (name) => {
      await rm(pathOf(name), { force: true });
    },
    clean: async ({ halvesBeforeMs, filesBeforeMs, isKnown }) => {
      let removed = 0;
      for (const entry of await filesIn(folder)) {
        const path = join(entry.parentPath, entry.name);
        const isHalf = halfPattern.test(entry.name);
        if (!isHalf && !isBlobName(entry.name)) continue;
        const modifiedAtMs = (await stat(path).catch(() => null))?.mtimeMs ?? Number.POSITIVE_INFINITY;
        if (modifiedAtMs >= (isHalf ? halvesBeforeMs : filesBeforeMs)) continue;
        if (!isHalf && (await isKnown(entry.name))) continue;
        await rm(path, { force: true });
        removed += 1;
      }
      return removed;
    },
    close: async () => await Promise.resolve(),
  };
}

async function filesIn(folder: string) {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile());
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
