import { afterEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccess } from '@posthorn/access';
import { channelInputSchema, createChannelRegistry } from '@posthorn/channel';
import { createLedger, type ChannelRef } from '@posthorn/ledger';
import { providerIdSchema } from '@posthorn/message';
import { addJobLua, createWebhookInbox, sendQueue, webhookQueue } from '@posthorn/queue';
import {
  closeRedis,
  connectRedis,
  createMemoryLog,
  createMetrics,
  createSilentLog,
  readConfig,
  runApp,
  systemClock,
} from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { ingressConfigSchema } from './config.ts';
import { startIngress } from './start-ingress.ts';
import { appSecret, readAnswer, sign, testRedisUrl, verifyToken, type Answer } from './testing/start-test-ingress.ts';
import { startStallingProxy } from './testing/stalling-proxy.ts';

const provider = providerIdSchema.parse('whatsapp-cloud');
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Ingress as it is configured in production, on a way to Redis that can be cut. */
async function start(first: 'open' | 'cut' = 'open', env: Readonly<Record<string, string>> = {}) {
  const key = randomBytes(32).toString('base64');
  const sealer = createSealer(parseKeyRing(`k1:${key}`, key));
  const redis = connectRedis({ url: testRedisUrl, role: 'admin' });
  closers.push(() => closeRedis(redis));
  const registry = await createChannelRegistry({ redis, sealer, log: createSilentLog(), followMs: 0 });
  const id = `away-${randomBytes(6).toString('hex')}`;
  const channel = await registry.put(
    channelInputSchema.parse({
      id,
      provider,
      settings: { phoneNumberId: '106540352242922', wabaId: '1', accessToken: 'EAAtoken', appSecret, verifyToken },
    }),
  );
  closers.push(() => registry.remove(channel.id));
  const sendQueueKeys = (ref: ChannelRef) => sendQueue(ref).keyPrefix;
  await createLedger({ redis, sealer, addJobLua: addJobLua(), sendQueueKeys }).setState(channel, 'open');
  const apiKey = await createAccess({ redis, clock: systemClock }).createKey({
    tenantId: 'default',
    role: 'producer',
    name: id,
  });
  const proxy = await startStallingProxy(testRedisUrl, first);
  closers.push(proxy.close);
  const spoolDir = await mkdtemp(join(tmpdir(), 'posthorn-spool-'));
  closers.push(() => rm(spoolDir, { recursive: true, force: true }));
  const config = readConfig(ingressConfigSchema, {
    REDIS_URL: proxy.url,
    POSTHORN_SEALING_KEYS: `k1:${key}`,
    POSTHORN_LOOKUP_KEY: key,
    POSTHORN_INGRESS_PORT: '0',
    POSTHORN_INGRESS_HOST: '127.0.0.1',
    POSTHORN_FOLLOW_MS: '50',
    POSTHORN_SPOOL_DIR: spoolDir,
    POSTHORN_MEDIA_DIR: join(spoolDir, 'media'),
    ...env,
  });
  const { log } = createMemoryLog('ingress');
  const metrics = createMetrics({ app: 'ingress' });
  let url = '';
  const app = runApp('ingress', { stopGraceMs: 10_000, log, handleSignals: false }, async (own) => {
    ({ url } = await startIngress(own, config, { log, metrics }));
  });
  await app.started;
  closers.push(app.stop);

  const inbox = createWebhookInbox({ redis, sealer });
  const at = `${url}/webhooks/whatsapp-cloud/${id}`;
  return {
    proxy,
    spoolDir,
    metricsText: () => metrics.registry.metrics(),
    webhook: async (body: string, headers = sign(body)): Promise<Answer> =>
      await readAnswer(await fetch(at, { method: 'POST', headers, body })),
    handshake: async (): Promise<Answer> => await readAnswer(await fetch(`${at}?hub.mode=subscribe`)),
    send: async (): Promise<Answer> =>
      await readAnswer(
        await fetch(`${url}/v1/messages`, {
          method: 'POST',
          headers: { authorization: `Bearer ${apiKey.key}`, 'content-type': 'application/json' },
          body: JSON.stringify({ channelId: id, to: '+15550001111', content: { type: 'text', body: 'hi' } }),
        }),
      ),
    ready: async (): Promise<Answer> => await readAnswer(await fetch(`${url}/readyz`)),
    /** Bodies of our calls that wait for a worker, oldest first. */
    stored: async (): Promise<string[]> => {
      const { keyPrefix } = webhookQueue(provider);
      const ids = (await redis.lrange(`${keyPrefix}wait`, 0, -1)).toReversed();
      const calls = await Promise.all(ids.map(async (each) => await inbox.open(provider, each)));
      return calls.flatMap((call) => (call === null ? [] : [String(Buffer.from(call.body))]));
    },
  };
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const giveUp = performance.now() + 30_000;
  while (!(await look())) {
    if (performance.now() > giveUp) throw new Error(`waited 30 s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const bodies = (count: number): string[] => Array.from({ length: count }, (_, at) => JSON.stringify({ entry: at }));

describe('ingress without Redis', () => {
  it('keeps webhooks on disk, refuses messages, says that it is degraded, and hands over in order when Redis is back', async () => {
    const ingress = await start();
    expect((await ingress.webhook('{"first":1}')).status).toBe(200);
    expect((await ingress.ready()).body).toEqual({ status: 'ready' });
    ingress.proxy.set('cut');
    for (const body of bodies(5)) expect(await ingress.webhook(body)).toMatchObject({ status: 200, text: '' });
    expect((await ingress.webhook('{"forged":1}', sign('other'))).status).toBe(401);
    const sent = await ingress.send();
    expect(sent).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
    expect(sent.headers.get('retry-after')).toBe('2');
    await until('it says so', async () => (await ingress.ready()).text.includes('degraded'));
    expect((await ingress.ready()).status).toBe(200);
    expect(await ingress.metricsText()).toMatch(/posthorn_spool_entries 5\n/u);

    ingress.proxy.set('open');
    await until('all are handed over', async () => (await ingress.stored()).length === 6);
    expect(await ingress.stored()).toEqual(['{"first":1}', ...bodies(5)]);
    await until('messages are taken', async () => (await ingress.send()).status === 202);
    await until('nothing is left on disk', async () => /posthorn_spool_bytes 0\n/u.test(await ingress.metricsText()));
  });

  it('counts a Redis that hangs as away', async () => {
    const ingress = await start();
    ingress.proxy.set('hang');
    expect((await ingress.webhook('{"hung":1}')).status).toBe(200);
    expect((await ingress.send()).status).toBe(503);
    ingress.proxy.set('open');
    await until('it is handed over', async () => (await ingress.stored()).includes('{"hung":1}'));
  });

  it('starts without Redis; what comes then is checked when it is handed over', async () => {
    const ingress = await start('cut');
    expect((await ingress.webhook('{"true":1}')).status).toBe(200);
    expect((await ingress.webhook('{"forged":1}', sign('other'))).status).toBe(200);
    expect((await ingress.send()).status).toBe(503);
    expect((await ingress.handshake()).status).toBe(503);
    expect((await ingress.ready()).body).toMatchObject({ status: 'degraded', failing: ['redis'] });
    ingress.proxy.set('open');
    await until('one is handed over', async () => (await ingress.stored()).length === 1);
    await until('it is ready', async () => (await ingress.ready()).text.includes('"ready"'));
    expect(await ingress.stored()).toEqual(['{"true":1}']);
    expect(await ingress.metricsText()).toContain('posthorn_spool_refused_total{reason="wrong_proof"} 1');
  });

  it('asks the provider to repeat once the disk has no more room, and tells before', async () => {
    const ingress = await start('open', { POSTHORN_SPOOL_BYTES_MAX: String(1024 * 1024) });
    ingress.proxy.set('cut');
    const large = JSON.stringify({ text: 'x'.repeat(900_000) });
    expect((await ingress.webhook(large)).status).toBe(200);
    const refused = await ingress.webhook(large);
    expect(refused).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
    expect(refused.headers.get('retry-after')).toBe('2');
    await until('it tells', async () => (await ingress.ready()).text.includes('spool'));
    ingress.proxy.set('open');
  });

  it('refuses webhooks without a folder to keep them in', async () => {
    const ingress = await start('open', { POSTHORN_SPOOL_DIR: '' });
    ingress.proxy.set('cut');
    expect((await ingress.webhook('{"entry":1}')).status).toBe(503);
    await until('it is not ready', async () => (await ingress.ready()).status === 503);
    ingress.proxy.set('open');
  });
});
