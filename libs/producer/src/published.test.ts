import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisClient } from '@posthorn/runtime';
import { z } from 'zod';
import { openFleet, testRedisUrl } from './testing/open-fleet.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const names = ['client', 'producer'] as const;
const manifestSchema = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()).default({}) });
/** Compilers and npm, on two busy cores. */
const slowMs = 600_000;

let folder = '';
let redis: RedisClient;

/** A folder as a consumer's: what `npm pack` gave lies in node_modules, beside the packages that it depends on. Nothing else of ours does. */
beforeAll(async () => {
  redis = connectRedis({ url: testRedisUrl, role: 'admin' });
  folder = await mkdtemp(join(tmpdir(), 'posthorn-consumer-'));
  const scope = join(folder, 'node_modules/@posthorn');
  await mkdir(scope, { recursive: true });
  const dists = names.map((name) => join(root, 'libs', name, 'dist'));
  for (const name of names) {
    await run(process.execPath, ['--disable-warning=ExperimentalWarning', 'build.mjs'], {
      cwd: join(root, 'libs', name),
    });
  }
  await run('npm', ['pack', '--silent', '--offline', '--pack-destination', folder, ...dists], { cwd: folder });
  const versionByPackage = new Map<string, string | null>([
    ['@types/node', null],
    ['undici-types', null],
  ]);
  for (const name of names) {
    await mkdir(join(scope, name));
    await run('tar', ['-xzf', `posthorn-${name}-0.1.0.tgz`, '--strip-components=1', '-C', join(scope, name)], {
      cwd: folder,
    });
    const { dependencies } = await readManifest(join(scope, name));
    for (const [dependency, version] of Object.entries(dependencies)) versionByPackage.set(dependency, version);
  }
  for (const [dependency, version] of versionByPackage) {
    if (dependency.startsWith('@posthorn/')) continue;
    await mkdir(join(folder, 'node_modules', dependency, '..'), { recursive: true });
    await symlink(await installed(dependency, version), join(folder, 'node_modules', dependency));
  }
  await cp(join(root, 'docs/examples'), folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
}, slowMs);
afterAll(async () => {
  await closeRedis(redis);
  await rm(folder, { recursive: true, force: true });
});

async function readManifest(place: string) {
  return manifestSchema.parse(JSON.parse(await readFile(join(place, 'package.json'), 'utf8')));
}

/** Where the workspace has a package in that version: at the root, or with the lib that pins it. */
async function installed(name: string, version: string | null): Promise<string> {
  const libs = (await readdir(join(root, 'libs'))).map((lib) => join(root, 'libs', lib));
  for (const folderOf of [root, ...libs]) {
    const place = join(folderOf, 'node_modules', name);
    const found = await readManifest(place).catch(() => null);
    if (found !== null && (version === null || found.version === version)) return place;
  }
  throw new Error(`${name} ${version} is a dependency of what is published, and not installed`);
}

describe('what is published', () => {
  it(
    'has types that a strict consumer compiles with: the examples are one',
    async () => {
      const compilerOptions = {
        target: 'es2024',
        module: 'nodenext',
        types: ['node'],
        noEmit: true,
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        noPropertyAccessFromIndexSignature: true,
      };
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
      await expect(run(join(root, 'node_modules/.bin/tsc'), ['-p', folder])).resolves.toMatchObject({ stdout: '' });
    },
    slowMs,
  );

  it('enqueues, from a program of somebody else', async () => {
    const key = randomBytes(32).toString('base64');
    const fleet = await openFleet(redis, `k1:${key}`, key);
    try {
      const channel = await fleet.putChannel('default', 'open');
      const env = {
        ...process.env,
        REDIS_URL: testRedisUrl,
        POSTHORN_SEALING_KEYS: `k1:${key}`,
        POSTHORN_LOOKUP_KEY: key,
      };
      const enqueue = async (to: string) =>
        await run(process.execPath, [join(folder, 'enqueue.ts'), channel.id, to, 'hello', randomUUID()], {
          env,
          cwd: folder,
        });
      expect(JSON.parse((await enqueue('+15550300001')).stdout)).toEqual({
        id: expect.stringContaining(`msg_${channel.id}_`),
        replayed: false,
      });
      await expect(enqueue('0815')).rejects.toMatchObject({
        stdout: expect.stringMatching(/"refused":"invalid_request","errors":\[\{"pointer":"\/to"/u),
      });
    } finally {
      await fleet.close();
    }
  });
});
