/**
 * The one place that configures Jest: TypeScript runs as it is (Node strips the types), as ES modules, in one process (runner.ts).
 *
 * Nothing is forced to exit: a test that leaves a server, a timer or a connection open keeps the process alive, and that fails the
 * run here after a short wait. POSTHORN_TEST_COUNTS names a folder that gets one JSON file with this project's result.
 */
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCLI, type Config } from 'jest';
import { buildArgv } from 'jest-cli';

// What is open stays open; what only closes slowly on a busy machine is no fault.
const openHandlesMs = 20_000;
const config: Config = {
  rootDir: process.cwd(),
  roots: ['<rootDir>/src'],
  testMatch: ['**/*.test.ts'],
  runner: fileURLToPath(new URL('./runner.ts', import.meta.url)),
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  // Only against hanging: a machine may be slow, and busy with other projects' processes.
  testTimeout: 240_000,
  watchman: false,
};

// Code under test that ends the process would end the run without a word of failure.
let finished = false;
process.once('exit', () => {
  if (finished) return;
  console.error(
    'The process ended before the tests did: something called process.exit, or nothing was left to wait for.',
  );
  process.exitCode = 1;
});
const args = ['--config', JSON.stringify(config), '--passWithNoTests', '--runInBand', ...process.argv.slice(2)];
const { results } = await runCLI(await buildArgv(args), [process.cwd()]);
const countsFolder = process.env['POSTHORN_TEST_COUNTS'];
if (countsFolder !== undefined) {
  const { testResults: _, ...counts } = results;
  await writeFile(join(countsFolder, `${basename(process.cwd())}.json`), JSON.stringify(counts));
}
finished = true;
process.exitCode = results.success ? 0 : 1;
setTimeout(() => {
  console.error('A test left something open (a server, a timer, a connection): look with --detectOpenHandles.');
  process.exit(1);
}, openHandlesMs).unref();
