import { randomBytes } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { createDeadLetters, createPauses, createQueues, sendJobScript } from '@posthorn/queue';
import { createHttp, createMemoryLog, readConfig, systemClock } from '@posthorn/runtime';
import { createSealer } from '@posthorn/sealing';
import { Redis } from 'ioredis';
import { schedulerConfigSchema } from './config.ts';
import { startChannelAdmin } from './start-channel-admin.ts';

it('follows the file of channels: adds, says what is wrong once, and removes until nothing is left', async () => {
  // A database of its own: the registry is one for a whole installation.
  const redis = new Redis(process.env['POSTHORN_TEST_REDIS_URL'] ?? '', { db: 13, maxRetriesPerRequest: null });
  await redis.flushdb();
  const dir = await mkdtemp(join(tmpdir(), 'posthorn-scheduler-'));
  const file = join(dir, 'channels.yaml');
  const key = randomBytes(32);
  const sealer = createSealer({ currentId: 'k1', keyById: new Map([['k1', key]]), lookupKey: key });
  const { log, lines } = createMemoryLog('scheduler');
  const registry = await createChannelRegistry({ redis, sealer, log, followMs: 0 });
  const queues = createQueues(redis);
  const client = createHttp({ timeoutMs: 1_000 });
  const closers: (() => Promise<void>)[] = [];
  // As a whole: a file that is being written would be one more that cannot be applied.
  const put = async (document: string): Promise<void> => {
    await writeFile(`${file}.new`, document);
    await rename(`${file}.new`, file);
  };
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await delay(10);
  };
  const faultsTold = () => lines().filter(({ level }) => level === 'error' || level === 50).length;
  const config = readConfig(schedulerConfigSchema, {
    POSTHORN_SEALING_KEYS: `k1:${key.toString('base64')}`,
    POSTHORN_LOOKUP_KEY: key.toString('base64'),
    POSTHORN_SWEEP_MS: '100ms',
    POSTHORN_CHANNELS_FILE: file,
  });
  const text =
    'channels: [{ id: madrid, provider: kernel, settings: { clientId: c1, clientSecret: { env: SECRET } } }]';
  await put(text);
  startChannelAdmin(
    (value, close) => {
      closers.push(async () => void (await close(value)));
      return value;
    },
    config,
    {
      redis,
      registry,
      queues,
      log,
      http: client.http,
      env: { SECRET: 'hush' },
      ledger: createLedger({
        redis,
        sealer,
        ...sendJobScript(),
      }),
      pauses: createPauses({ redis, queues, clock: systemClock }),
      deadLetters: createDeadLetters({ queues, clock: systemClock }),
      once: (_name, tick) => tick,
    },
  );
  await until(() => registry.list().length === 1);
  expect(registry.list()[0]?.settings).toMatchObject({ clientSecret: 'hush', apiKeys: [expect.any(String)] });

  await put('channels: [{ id: madrid, provider: kernel, settings: {} }]');
  await until(() => faultsTold() > 0);
  expect(registry.list()).toHaveLength(1);
  expect(JSON.stringify(lines())).not.toContain('hush');

  await put('removed: [madrid]');
  await until(() => JSON.stringify(lines()).includes('a channel is gone'));
  expect(registry.list()).toEqual([]);
  expect(faultsTold()).toBe(1);
  for (const close of closers) await close();
  await Promise.all([queues.close(), client.close(), registry.close()]);
  await redis.flushdb();
  await redis.quit();
  await rm(dir, { recursive: true });
});
