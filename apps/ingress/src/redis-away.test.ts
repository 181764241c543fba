import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStallingProxy } from '@posthorn/runtime/testing';
import { startOnRedis, until } from './testing/start-on-redis.ts';
import { testRedisUrl } from './testing/start-test-ingress.ts';
import { sign } from './testing/test-channels.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** On a way to Redis that can be cut; in a database of its own, since workers of other tests would take its webhooks. */
async function start(first: 'open' | 'cut' = 'open', env: Readonly<Record<string, string>> = {}) {
  const proxy = await startStallingProxy(testRedisUrl, first);
  closers.push(proxy.close);
  const spoolDir = await mkdtemp(join(tmpdir(), 'posthorn-spool-'));
  closers.push(() => rm(spoolDir, { recursive: true, force: true }));
  return { proxy, ...(await startOnRedis(`${testRedisUrl}/3`, `${proxy.url}/3`, spoolDir, closers, env)) };
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
    await until('all are handed over', async () => (await ingress.stored()).length >= 6);
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
    await until('one is handed over', async () => (await ingress.stored()).length > 0);
    await until('it is ready', async () => (await ingress.ready()).text.includes('"ready"'));
    // Before the channels are read, none of them may seem not to be there.
    const seen = new Set<number>();
    await until('messages are taken', async () => seen.add((await ingress.send()).status).has(202));
    expect(seen.has(404)).toBe(false);
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
