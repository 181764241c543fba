import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createMemoryLog, createMetrics, readConfig, runApp } from '@posthorn/runtime';
import { startStallingProxy } from '@posthorn/runtime/testing';
import { schedulerConfigSchema } from './config.ts';
import { startScheduler } from './start-scheduler.ts';

const redisUrl = process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** On a way to Redis that can be cut; in a database of its own. Only a stop that waits for Redis takes as long as `runApp` allows. */
async function start(first: 'open' | 'cut') {
  const proxy = await startStallingProxy(redisUrl, first);
  closers.push(proxy.close);
  const mediaDir = await mkdtemp(join(tmpdir(), 'posthorn-scheduler-'));
  closers.push(() => rm(mediaDir, { recursive: true, force: true }));
  const key = randomBytes(32).toString('base64');
  const config = readConfig(schedulerConfigSchema, {
    REDIS_URL: `${proxy.url}/10`,
    POSTHORN_SEALING_KEYS: `k1:${key}`,
    POSTHORN_LOOKUP_KEY: key,
    POSTHORN_MEDIA_DIR: mediaDir,
    POSTHORN_SCHEDULER_HOST: '127.0.0.1',
    POSTHORN_SCHEDULER_PORT: '0',
  });
  const { log, lines } = createMemoryLog();
  const metrics = createMetrics({ app: 'test' });
  const app = runApp('scheduler', { stopGraceMs: 120_000, log, handleSignals: false }, async (own) => {
    await startScheduler(own, config, { log, metrics });
  });
  return { proxy, app, said: () => lines().map(({ msg }) => msg) };
}

describe('a scheduler that is stopped while Redis is away', () => {
  it('leaves without it', async () => {
    const { proxy, app, said } = await start('open');
    await app.started;
    proxy.set('cut');
    await app.stop();
    expect(await app.done).toBe(0);
    expect(said()).toContain('Redis is away, and nothing is under way here: leaving without it');
  }, 120_000);

  it('leaves although it has not started yet for want of it', async () => {
    const { app, said } = await start('cut');
    await app.stop();
    expect(await app.done).toBe(0);
    expect(said().at(-2)).toContain('scheduler was stopped before it had started (Redis at 127.0.0.1');
  }, 120_000);
});
