import { afterEach, describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { createMemoryLog } from './create-log.ts';
import { createMetrics } from './create-metrics.ts';
import { createProbes } from './create-probes.ts';
import { createProbeServer } from './create-probe-server.ts';
import { listenOrExplain } from './listen-or-explain.ts';
import { probeRoutes } from './probe-routes.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function start(checks: Record<string, () => Promise<void>>) {
  const { registry } = createMetrics({ app: 'worker', version: '1.2.3' });
  const { log, lines } = createMemoryLog();
  const server = createProbeServer({ host: '127.0.0.1', port: 0, registry, checks, log });
  closers.push(server.close);
  const { url } = await server.listen();
  const get = async (path: string) => {
    const response = await fetch(url + path);
    return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
  };
  return { get, server, lines, url };
}

describe('createProbeServer', () => {
  it('is alive and ready, and shows its metrics', async () => {
    const { get } = await start({ redis: async () => {} });
    expect(await get('/livez')).toMatchObject({ status: 200 });
    expect(await get('/readyz?verbose')).toMatchObject({ status: 200, body: '{"status":"ready"}' });
    const metrics = await get('/metrics');
    expect(metrics.type).toMatch(/^text\/plain; version=0\.0\.4/u);
    expect(metrics.body).toContain('posthorn_build_info{app="worker",version="1.2.3"} 1');
    expect(metrics.body).toContain('nodejs_eventloop_lag_seconds');
    expect(await get('/')).toMatchObject({ status: 404 });
  });

  it('names what fails or hangs, logs it once, and stays alive', async () => {
    const { get, lines } = await start({
      redis: async () => {
        throw new Error('away');
      },
      spool: () => new Promise(() => {}),
      rest: async () => {},
    });
    const [first, second] = await Promise.all([get('/readyz'), get('/readyz')]);
    expect(first).toMatchObject({ status: 503, body: '{"status":"not ready","failing":["redis","spool"]}' });
    expect(second).toEqual(first);
    expect(lines().map(({ msg }) => msg)).toEqual(['not ready: redis, spool']);
    expect((await get('/livez')).status).toBe(200);
  });

  it('runs the checks once for many probes', async () => {
    let runs = 0;
    const { get } = await start({ redis: async () => void (runs += 1) });
    await Promise.all([get('/readyz'), get('/readyz')]);
    await get('/readyz');
    expect(runs).toBe(1);
  });

  it('is not ready from the start of a stop', async () => {
    const { get, server } = await start({});
    expect((await get('/readyz')).status).toBe(200);
    server.stopping();
    expect(await get('/readyz')).toMatchObject({ status: 503, body: '{"status":"stopping"}' });
    expect((await get('/livez')).status).toBe(200);
  });
});

describe('probeRoutes', () => {
  it('serves the same on a port of Fastify', async () => {
    const { registry } = createMetrics({ app: 'ingress' });
    const probes = createProbes({
      registry,
      checks: { redis: () => Promise.reject(new Error('away')) },
      log: createMemoryLog().log,
    });
    const app = fastify();
    closers.push(() => app.close());
    await app.register(probeRoutes(probes));
    expect((await app.inject('/livez')).statusCode).toBe(200);
    expect((await app.inject('/readyz')).json()).toEqual({ status: 'not ready', failing: ['redis'] });
    expect((await app.inject('/metrics')).headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/u);
  });

  it('stays ready, and says what fails, where it can serve without it', async () => {
    const { registry } = createMetrics({ app: 'ingress' });
    let room = true;
    const probes = createProbes({
      registry,
      checks: { redis: () => Promise.reject(new Error('away')) },
      log: createMemoryLog().log,
      canServeWithout: (failing) => room && failing.every((name) => name === 'redis'),
    });
    const answer = async () => {
      const { status, body } = (await probes.answer('/readyz')) ?? { status: 0, body: '{}' };
      const told: unknown = JSON.parse(body);
      return [status, told];
    };
    expect(await answer()).toEqual([200, { status: 'degraded', failing: ['redis'] }]);
    room = false;
    expect(await answer()).toEqual([503, { status: 'not ready', failing: ['redis'] }]);
  });
});

describe('createMetrics', () => {
  it('gives one metric for one name, also to a second app on the same registry', async () => {
    const one = createMetrics({ app: 'ingress' });
    const two = createMetrics({ app: 'ops', registry: one.registry });
    const options = { name: 'posthorn_sends_total', help: 'Sends.', labelNames: ['provider'] };
    one.counter(options).inc({ provider: 'a' });
    two.counter(options).inc({ provider: 'a' });
    const text = await one.registry.metrics();
    expect(text).toContain('posthorn_sends_total{provider="a"} 2');
    expect(text.match(/posthorn_build_info\{/gu)).toHaveLength(2);
  });
});

describe('listenOrExplain', () => {
  it('names the variable when the port is taken', async () => {
    const { url } = await start({});
    const port = Number(new URL(url).port);
    const listen = async () => {
      const server = createServer().listen(port, '127.0.0.1');
      await once(server, 'listening');
    };
    await expect(listenOrExplain(listen, { variable: 'POSTHORN_INGRESS_PORT', port })).rejects.toThrow(
      `port ${port} is taken; set POSTHORN_INGRESS_PORT to another`,
    );
  });
});
