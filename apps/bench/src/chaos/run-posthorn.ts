import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs the command `posthorn` as a process: what it printed, or an error with what it said. */
export async function runPosthorn(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const main = fileURLToPath(new URL('../../../cli/bin/posthorn.mjs', import.meta.url));
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  execFile(
    process.execPath,
    [main, ...args],
    { env: { ...env, PATH: process.env['PATH'] ?? '' } },
    (error, out, said) => (error === null ? resolve(out) : reject(new Error(`posthorn ${args.join(' ')}: ${said}`))),
  );
  return await promise;
}
