import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createSeededRandom } from './seeded-random.ts';
import { startTcpProxy } from './tcp-proxy.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function behind(says: string) {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.end(says);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, requests: () => requests };
}

describe('the fault proxy', () => {
  it('passes everything, loses answers of requests that arrived, and leads elsewhere when told to', async () => {
    const [one, other] = [await behind('one'), await behind('other')];
    const proxy = await startTcpProxy(one.port, createSeededRandom(1));
    closers.push(proxy.close);
    const get = async (): Promise<string> => {
      const response = await fetch(`http://127.0.0.1:${proxy.port}/`, { headers: { connection: 'close' } });
      return await response.text();
    };
    expect(await get()).toBe('one');
    proxy.setFaults({ dropShare: 1, delayShare: 0, delayMs: 0 });
    await expect(get()).rejects.toThrow();
    expect([one.requests(), proxy.dropped()]).toEqual([2, 1]);
    proxy.setFaults({ dropShare: 0, delayShare: 1, delayMs: 30 });
    expect(await get()).toBe('one');
    expect(proxy.delayed()).toBeGreaterThan(0);
    proxy.setFaults(null);
    proxy.switchTo(other.port);
    expect(await get()).toBe('other');
  });

  it('has faults that the seed decides', () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, createSeededRandom(seed));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });
});
