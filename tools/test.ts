/**
 * `npm test`: every project's tests through Nx, against one throwaway Redis. Arguments go to Nx:
 *
 *   npm test                              everything
 *   npm test -- -p @posthorn/ledger       one project
 *
 * A run of everything also runs the queue's and the ledger's tests on other servers (server-images.ts), where Docker answers.
 *
 * The last line is "N passed, N failed", with ", N skipped" where some were; the exit code is 1 on any failure.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPrivateRedis } from '@posthorn/private-redis';
import { dockerAnswers, serverImages, withServer } from './server-images.ts';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const asked = process.argv.slice(2);
const redis = await startPrivateRedis({
  dir: join(root, '.posthorn'),
  persistent: false,
  log: (line) => console.log(line),
});
console.log(`Redis ${redis.version} (${redis.kind}) on port ${redis.port}`);
/** What they do is mostly waiting for processes: begun last, they would run alone at the end. */
const long = '@posthorn/bench,posthorn';
let total: Counts;
try {
  total =
    asked.length === 0
      ? (
          await Promise.all([
            run(redis.url, ['-p', long, '--parallel=2']),
            run(redis.url, ['--exclude', long, '--parallel=2']),
          ])
        ).reduce(add)
      : await run(redis.url, ['--parallel=2', ...asked]);
} finally {
  await redis.stop();
}
if (asked.length === 0) total = add(total, await runOnServers());
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** The queue's and the ledger's tests on every server image; each image that cannot be tried counts as one skipped. */
async function runOnServers(): Promise<Counts> {
  if (!(await dockerAnswers())) {
    console.log(`SKIPPED: no Docker answers here, so nothing was tried on ${serverImages.join(', ')}`);
    return { passed: 0, failed: 0, skipped: serverImages.length };
  }
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const image of serverImages) {
    console.log(`Queue and ledger on ${image}`);
    const ran = await withServer(
      image,
      async (url) => await run(url, ['-p', '@posthorn/queue,@posthorn/ledger', '--parallel=2']),
    );
    counts = add(counts, ran ?? { passed: 0, failed: 0, skipped: 1 });
  }
  return counts;
}

async function run(redisUrl: string, args: readonly string[]): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-counts-'));
  const code = await runNx(redisUrl, folder, args);
  const counts = await readCounts(folder);
  await rm(folder, { recursive: true, force: true });
  // A project that crashed, or left something open, has no failed test to show for it.
  if (code === 0 || counts.failed > 0) return counts;
  console.log('A project failed without a failed test: look above for what it said last.');
  return { ...counts, failed: 1 };
}

function add(one: Counts, other: Counts): Counts {
  return { passed: one.passed + other.passed, failed: one.failed + other.failed, skipped: one.skipped + other.skipped };
}

async function runNx(redisUrl: string, countsFolder: string, more: readonly string[]): Promise<number> {
  const nx = fileURLToPath(import.meta.resolve('nx/bin/nx.js'));
  const args = ['run-many', '-t', 'test', '--output-style=static', '--skip-nx-cache', ...more];
  const env = {
    ...process.env,
    POSTHORN_TEST_REDIS_URL: redisUrl,
    POSTHORN_TEST_COUNTS: countsFolder,
    NX_DAEMON: 'false',
    // What was compiled once is not compiled again by the next process: Nx, Jest, and the hundred processes of apps that tests start.
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compile'),
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
