import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createHttp } from '@posthorn/runtime';
import { z } from 'zod';
import { createApiClient } from './api-client.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const away = JSON.stringify({ code: 'storage_unavailable', title: 'Redis is away', status: 503 });

/** An API that answers 503 so many times. */
async function startApi(awayTimes: number) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.resume();
    if (asked.length > awayTimes) response.end('{"id":"it"}');
    else response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '0' }).end(away);
  }).listen(0, '127.0.0.1');
  closers.push(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  const { http, close } = createHttp({ timeoutMs: 60_000 });
  closers.push(close);
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  return { asked, api: createApiClient({ url, key: 'phk_x', http }) };
}

describe('the client of the message API', () => {
  it('asks again while Redis is away, where that does nothing twice', async () => {
    const { asked, api } = await startApi(3);
    expect(await api.call('DELETE', '/v1/subscriptions/sub_1', z.unknown())).toEqual({ id: 'it' });
    expect(asked).toEqual(Array.from({ length: 4 }, () => 'DELETE /v1/subscriptions/sub_1'));
    const sending = await startApi(1);
    expect(await sending.api.send({}, 'order-1')).toEqual({ id: 'it' });
    expect(sending.asked).toHaveLength(2);
  });

  it('says so after four times, and after one where it might be done twice', async () => {
    const long = await startApi(100);
    await expect(long.api.call('GET', '/v1/channels', z.unknown())).rejects.toThrow('Redis is away');
    expect(long.asked).toHaveLength(4);
    const unsafe = await startApi(100);
    await expect(unsafe.api.send({})).rejects.toThrow('Redis is away');
    expect(unsafe.asked).toHaveLength(1);
  });
});
