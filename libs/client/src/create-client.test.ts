import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient } from './create-client.ts';
import { PosthornError } from './posthorn-error.ts';

interface Seen {
  readonly line: string;
  readonly key: string | undefined;
  readonly prefer: string | string[] | undefined;
  readonly body: string;
}
interface Reply {
  readonly status: number | 'hang up';
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

let server: Server;
let url = '';
let replies: Reply[] = [];
let seen: Seen[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const key = request.headers['idempotency-key'];
      const { prefer } = request.headers;
      seen.push({ line: `${request.method} ${request.url}`, key: key?.toString(), prefer, body });
      const reply = replies.shift() ?? { status: 500 };
      if (reply.status === 'hang up') request.socket.destroy();
      else response.writeHead(reply.status, reply.headers).end(JSON.stringify(reply.body ?? {}));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address === 'object' && address !== null) url = `http://127.0.0.1:${address.port}/`;
});
afterAll(() => void server.close());
beforeEach(() => {
  replies = [];
  seen = [];
});

const message = { channelId: 'c', to: '+15550001111', content: { type: 'text', body: 'hi' } } as const;
const accepted = { status: 202, body: { id: 'msg_1', status: 'accepted', links: {} } } as const;
const client = () => createClient({ url, apiKey: 'phk_x', backoffMs: 1 });

describe('a send', () => {
  it('is repeated under its key until it is answered', async () => {
    replies = [{ status: 'hang up' }, { status: 503, headers: { 'retry-after': '0' } }, { status: 429 }, accepted];
    expect(await client().send(message, { idempotencyKey: 'k1' })).toMatchObject({ id: 'msg_1' });
    expect(seen.map(({ key }) => key)).toEqual(['k1', 'k1', 'k1', 'k1']);
    expect(new Set(seen.map(({ body }) => body)).size).toBe(1);
  });

  it('is never repeated without one', async () => {
    replies = [{ status: 503 }, accepted];
    await expect(client().send(message)).rejects.toMatchObject({ status: 503, code: 'unreadable_answer' });
    replies = [{ status: 'hang up' }, accepted];
    await expect(client().send(message)).rejects.toThrow('fetch failed');
    expect(seen).toHaveLength(2);
  });

  it('that is refused says why, and is not repeated', async () => {
    const errors = [{ pointer: '/to', detail: 'expected a phone number' }];
    replies = [
      { status: 422, body: { code: 'invalid_request', title: 'The request is not valid', status: 422, errors } },
    ];
    const refused = await client()
      .send(message, { idempotencyKey: 'k2' })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PosthornError);
    expect(refused).toMatchObject({ code: 'invalid_request', status: 422, problem: { errors } });
    expect(String(refused)).toContain('/to: expected a phone number');
    expect(seen).toHaveLength(1);
  });

  it('gives up after its tries, and asks to wait where that is wanted', async () => {
    replies = [{ status: 503 }, { status: 503 }, { status: 503 }, { status: 503 }, accepted];
    await expect(client().send(message, { idempotencyKey: 'k', waitSeconds: 3 })).rejects.toMatchObject({
      status: 503,
    });
    expect(seen.map(({ prefer }) => prefer)).toEqual(['wait=3', 'wait=3', 'wait=3', 'wait=3']);
  });
});

it('looks up, cancels, and sends in batches', async () => {
  const results = [{ index: 0, status: 202, id: 'msg_1', replayed: false }];
  replies = [
    { status: 503 },
    accepted,
    accepted,
    { status: 200, body: { results } },
    { status: 200, body: { window: {} } },
  ];
  const posthorn = client();
  await posthorn.get('msg_1');
  await posthorn.cancel('msg_1');
  expect(await posthorn.sendBatch([message])).toEqual(results);
  await posthorn.recipient('c', '+15550001111');
  expect(seen.map(({ line }) => line)).toEqual([
    'GET /v1/messages/msg_1',
    'GET /v1/messages/msg_1',
    'DELETE /v1/messages/msg_1',
    'POST /v1/messages/batch',
    'GET /v1/channels/c/recipients/%2B15550001111',
  ]);
});
