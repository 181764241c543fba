import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const batchBytesMax = 4 * 1024 * 1024;

/** As many as fit into memory at once; one always does. */
export function fitting<Sized extends { readonly bytes: number }>(places: readonly Sized[]): readonly Sized[] {
  let sum = 0;
  return places.filter(({ bytes }, index) => (sum += bytes) <= batchBytesMax || index === 0);
}

/** What the files of a folder take. */
export async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
