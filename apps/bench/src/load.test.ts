import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@posthorn/runtime';
import type { LoadPlan } from './load.ts';
import { runLoad } from './load.ts';

let server: Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A server that answers the n-th request (from 0) after a time and with a status of the test's choice. */
async function listen(answer: (index: number) => { status: number; afterMs: number }): Promise<string> {
  let seen = 0;
  server = createServer((request, response) => {
    const { status, afterMs } = answer(seen++);
    request.resume().on('end', () => setTimeout(() => response.writeHead(status).end('{}'), afterMs));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return `http://127.0.0.1:${address.port}`;
}

const plan = (origin: string, more: Partial<LoadPlan>): LoadPlan => ({
  origin,
  count: 20,
  sockets: 4,
  request: () => ({ path: '/', headers: {}, body: '{}', label: 'a' }),
  ...more,
});

describe('the load generator', () => {
  it('sends all requests and takes the time of each by its label', async () => {
    const origin = await listen(() => ({ status: 202, afterMs: 0 }));
    const labels = (index: number) => ({ path: '/', headers: {}, body: '{}', label: index < 5 ? 'few' : 'many' });
    const load = await runLoad(plan(origin, { request: labels }), systemClock);
    expect(load.latency.get('few')?.totalCount).toBe(5);
    expect(load.latency.get('many')?.totalCount).toBe(15);
    expect(load.failures.size).toBe(0);
  });

  it('counts answers that are no success, and requests without an answer', async () => {
    const origin = await listen((index) => ({ status: index < 3 ? 503 : 200, afterMs: 0 }));
    expect([...(await runLoad(plan(origin, {}), systemClock)).failures]).toEqual([['HTTP 503', 3]]);
    server.closeAllConnections();
    server.close();
    const gone = await runLoad(plan(origin, { count: 2 }), systemClock);
    expect([...gone.failures.values()].reduce((sum, each) => sum + each, 0)).toBe(2);
  });

  it('at a fixed rate counts from when a request was due: a stalled server’s queue shows in the times', async () => {
    const origin = await listen((index) => ({ status: 200, afterMs: index === 0 ? 200 : 0 }));
    const load = await runLoad(plan(origin, { count: 10, sockets: 1, dueMs: (index) => index * 10 }), systemClock);
    const latency = load.latency.get('a');
    // Due at 10 ms, sent after the first answer at 200 ms.
    expect(latency?.getValueAtPercentile(50)).toBeGreaterThan(100_000);
    expect(load.endedAt - load.startedAt).toBeGreaterThanOrEqual(195);
    expect((load.dueAt[9] ?? 0) - (load.dueAt[0] ?? 0)).toBeCloseTo(90, 0);
  });
});
