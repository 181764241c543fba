/**
 * Runs the tests of the project in the current folder.
 *
 *   node ../../tools/jest.mjs [arguments of Jest]
 *
 * Plain JavaScript, because it may be started by a Node that does not strip types: then it starts the pinned one, which npm scripts
 * find first.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

if (Number.parseInt(process.versions.node, 10) >= 24) {
  await import('./jest/run.ts');
} else {
  const pinned = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
