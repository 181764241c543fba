/**
 * Loaded into a process of the fleet before its own main (`NODE_OPTIONS=--import`): changes sources on their way into it, as
 * POSTHORN_CHAOS_EDITS names them. The product has no switches for tests; this is the one place where defects come from.
 */
import fs from 'node:fs';
import { registerHooks, syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import { editsByName } from './edits.ts';

const edits = (process.env['POSTHORN_CHAOS_EDITS'] ?? '')
  .split(',')
  .filter((name) => name !== '')
  .flatMap((name) => {
    const known = editsByName[name];
    if (known === undefined) throw new Error(`no edit is called ${name}`);
    return known;
  });

function edited(path: string, source: string): string {
  let text = source;
  for (const { file, from, to } of edits) {
    if (!path.endsWith(`/${file}`)) continue;
    if (!text.includes(from)) throw new Error(`a planted defect no longer fits: ${file} has no "${from}"`);
    text = text.replaceAll(from, () => to);
  }
  return text;
}

registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context);
    if (!url.startsWith('file:') || !url.endsWith('.ts') || loaded.source === undefined || loaded.source === null)
      return loaded;
    const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    return { ...loaded, source: edited(fileURLToPath(url), source) };
  },
});

// Lua is read as a file.
const { readFileSync } = fs;
Object.defineProperty(fs, 'readFileSync', {
  configurable: true,
  writable: true,
  value: (...args: Parameters<typeof readFileSync>) => {
    const [path] = args;
    const read = readFileSync(...args);
    return typeof read === 'string' && path instanceof URL ? edited(fileURLToPath(path), read) : read;
  },
});
syncBuiltinESMExports();
