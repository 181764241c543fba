import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const jest = fileURLToPath(new URL('../../../tools/jest.mjs', import.meta.url));
const head = `import { expect, it } from '@jest/globals';\n`;

let project: string;
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'posthorn-tests-'));
  await mkdir(join(project, 'src'));
});
afterEach(async () => {
  await rm(project, { recursive: true, force: true });
});

/** Runs a project of these test files; what it said comes along for whoever has to find out why. */
async function run(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(project, 'src', `${name}.test.ts`), text);
  const env = { ...process.env, POSTHORN_TEST_COUNTS: project };
  const child = spawn(process.execPath, [jest], { cwd: project, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  await once(child, 'close');
  const counts: unknown = await readFile(join(project, `${basename(project)}.json`), 'utf8').then(
    JSON.parse,
    () => null,
  );
  return { code: child.exitCode, said, counts };
}

/** A run that passes whatever happens would prove nothing about anything. */
describe('the tests of a project', () => {
  it('fail by what a test says, by its time limit, by an error that nobody waits for, and where a file cannot be loaded', async () => {
    const { code, counts, said } = await run({
      says: `${head}it('passes', () => {}); it('fails', () => { expect(1).toBe(2); });`,
      hangs: `${head}it('hangs', async () => { await new Promise(() => {}); }, 20);`,
      strays: `${head}it('passes', () => { void Promise.reject(new Error('nobody waits for it')); });`,
      misses: `${head}import './nothing.ts'; it('passes', () => {});`,
    });
    expect({ code, said: said === '' }).toEqual({ code: 1, said: false });
    expect(counts).toMatchObject({ numPassedTests: 2, numFailedTests: 2, numRuntimeErrorTestSuites: 2 });
    expect(said).toContain('nobody waits for it');
  });

  it('fail where the code under test ends the process with 0', async () => {
    const { code, counts, said } = await run({ ends: `${head}it('ends', () => { process.exit(0); });` });
    expect([code, counts]).toEqual([1, null]);
    expect(said).toContain('something called process.exit');
  });
});
