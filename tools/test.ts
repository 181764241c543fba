/**
 * `npm test`: every project's tests through Nx, against one throwaway Redis. Arguments go to Nx:
 *
 *   npm test                              everything
 *   npm test -- -p @posthorn/ledger       one project
 *
 * The last line is "N passed, N failed", with ", N skipped" where some were; the exit code is 1 on any failure.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPrivateRedis } from '@posthorn/private-redis';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'posthorn-counts-'));
const redis = await startPrivateRedis({
  dir: join(root, '.posthorn'),
  persistent: false,
  log: (line) => console.log(line),
});
console.log(`Redis ${redis.version} (${redis.kind}) on port ${redis.port}`);
let code = 1;
try {
  code = await runNx(redis.url, folder);
} finally {
  await redis.stop();
}
const counts = await readCounts(folder);
await rm(folder, { recursive: true, force: true });
// A project that crashed, or left something open, has no failed test to show for it.
const failed = code !== 0 && counts.failed === 0 ? 1 : counts.failed;
if (failed > counts.failed) console.log('A project failed without a failed test: look above for what it said last.');
console.log(`${counts.passed} passed, ${failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;

async function runNx(redisUrl: string, countsFolder: string): Promise<number> {
  const nx = fileURLToPath(import.meta.resolve('nx/bin/nx.js'));
  const args = [
    'run-many',
    '-t',
    'test',
    '--parallel=2',
    '--output-style=static',
    '--skip-nx-cache',
    ...process.argv.slice(2),
  ];
  const env = {
    ...process.env,
    POSTHORN_TEST_REDIS_URL: redisUrl,
    POSTHORN_TEST_COUNTS: countsFolder,
    NX_DAEMON: 'false',
  };
  const child = spawn(process.execPath, [nx, ...args], { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve) => child.once('exit', (exitCode) => resolve(exitCode ?? 1)));
}

async function readCounts(countsFolder: string): Promise<Counts> {
  let sum: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const name of await readdir(countsFolder)) {
    const report: Readonly<Record<string, unknown>> = JSON.parse(await readFile(join(countsFolder, name), 'utf8'));
    const count = (field: string) => Number(report[field] ?? 0);
    sum = {
      passed: sum.passed + count('numPassedTests'),
      // A suite that could not even be loaded counts as one failure.
      failed: sum.failed + count('numFailedTests') + count('numRuntimeErrorTestSuites'),
      skipped: sum.skipped + count('numPendingTests') + count('numTodoTests'),
    };
  }
  return sum;
}
