/**
 * Runs the tests of the project in the current folder. The one place that configures Jest.
 *
 *   node ../../tools/jest.mjs [arguments of Jest]
 *
 * TypeScript runs as it is (Node strips the types), as ES modules. Nothing is forced to exit: a test that leaves a server, a
 * timer or a connection open keeps the process alive, and that fails the run here after a short wait.
 * POSTHORN_TEST_COUNTS names a folder that gets one JSON file with this project's result.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Called with another Node than the pinned one, which npm scripts find first, it would not strip types.
const pinned = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
const node = Number.parseInt(process.versions.node, 10) >= 24 ? process.execPath : pinned;
// What is open stays open; what only closes slowly on a busy machine is no fault.
const openHandlesMs = 20_000;
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const config = {
  rootDir: process.cwd(),
  roots: ['<rootDir>/src'],
  testMatch: ['**/*.test.ts'],
  testEnvironment: 'node',
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  // Only against hanging: two cores may be busy with other projects' processes.
  testTimeout: 60_000,
};
const counts = process.env.POSTHORN_TEST_COUNTS;
const report = counts ? ['--json', `--outputFile=${join(counts, `${basename(process.cwd())}.json`)}`] : [];
const child = spawn(
  node,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    '--config',
    JSON.stringify(config),
    '--passWithNoTests',
    // One process for all suites of a project: they share two cores with the other projects and with Redis.
    '--runInBand',
    ...report,
    ...process.argv.slice(2),
  ],
  // Jest writes its report to the standard error; the standard output is the JSON when counts are asked for.
  { stdio: ['ignore', counts ? 'ignore' : 'inherit', 'pipe'] },
);

let leftOpen;
child.stderr.on('data', (chunk) => {
  process.stderr.write(chunk);
  if (leftOpen === undefined && /Ran all test suites/u.test(String(chunk))) {
    leftOpen = setTimeout(() => {
      console.error('A test left something open (a server, a timer, a connection): look with --detectOpenHandles.');
      child.kill('SIGKILL');
    }, openHandlesMs);
  }
});
child.on('exit', (code) => {
  clearTimeout(leftOpen);
  process.exitCode = code ?? 1;
  // A process that a test left behind holds this pipe open: do not wait for it.
  setTimeout(() => child.stderr.destroy(), 200);
});
