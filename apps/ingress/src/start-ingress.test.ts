import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createMemoryLog, createMetrics, readConfig, runApp } from '@posthorn/runtime';
import { ingressConfigSchema } from './config.ts';
import { startIngress } from './start-ingress.ts';
import { testRedisUrl } from './testing/start-test-ingress.ts';

const key = randomBytes(32).toString('base64');
const env = {
  REDIS_URL: testRedisUrl,
  POSTHORN_SEALING_KEYS: `k1:${key}`,
  POSTHORN_LOOKUP_KEY: key,
  POSTHORN_INGRESS_PORT: '0',
  POSTHORN_INGRESS_HOST: '127.0.0.1',
};

async function run(changes: Readonly<Record<string, string>>, use: (url: string) => Promise<void>): Promise<void> {
  const config = readConfig(ingressConfigSchema, { ...env, ...changes });
  const { log } = createMemoryLog('ingress');
  let url = '';
  const app = runApp('ingress', { stopGraceMs: 5000, log, handleSignals: false }, async (own) => {
    ({ url } = await startIngress(own, config, { log, metrics: createMetrics({ app: 'ingress' }) }));
  });
  await app.started;
  try {
    await use(url);
  } finally {
    await app.stop();
  }
}

describe('ingress', () => {
  it('starts from its environment, is ready, and stops', async () => {
    await run({}, async (url) => {
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      expect((await fetch(`${url}/v1/channels`)).status).toBe(401);
    });
  });

  it('names the variable to change when its port is taken', async () => {
    await run({}, async (url) => {
      const taken = run({ POSTHORN_INGRESS_PORT: new URL(url).port }, async () => undefined);
      await expect(taken).rejects.toThrow('set POSTHORN_INGRESS_PORT to another');
    });
  });

  it('names every fault of its configuration at once', () => {
    expect(() => readConfig(ingressConfigSchema, { POSTHORN_INGRESS_PORT: 'x', POSTHORN_LOG_LEVEL: 'loud' })).toThrow(
      /POSTHORN_SEALING_KEYS[^]*POSTHORN_LOOKUP_KEY[^]*POSTHORN_INGRESS_PORT[^]*POSTHORN_LOG_LEVEL/u,
    );
  });
});
