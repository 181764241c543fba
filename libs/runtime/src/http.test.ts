import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createHttp, type HttpExchange, type HttpOptions } from './create-http.ts';
import type { HttpRequest } from './http.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A server of bare sockets: `onData` gets what came so far on a connection; `bytes` is what arrived in all. */
async function listen(
  onData: (socket: Socket, received: string) => void,
  onConnect: (socket: Socket) => void = () => {},
) {
  const sockets = new Set<Socket>();
  const seen = { bytes: 0, connections: 0, requests: 0 };
  const server: Server = createServer((socket) => {
    seen.connections += 1;
    sockets.add(socket);
    let received = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      seen.bytes += chunk.length;
      received += chunk.toString('latin1');
      if (received.includes('\r\n\r\n')) {
        seen.requests += 1;
        const request = received;
        received = '';
        onData(socket, request);
      }
    });
    onConnect(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    const closed = once(server, 'close');
    server.close();
    await closed;
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/path?q=1`, tlsUrl: `https://127.0.0.1:${port}/`, seen };
}

function client(options: Partial<HttpOptions> = {}) {
  const { http, close } = createHttp({ timeoutMs: 2000, ...options });
  closers.push(close);
  return http;
}

function answer(body: string, head = 'content-type: application/json\r\n'): string {
  return `HTTP/1.1 200 OK\r\n${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

const post = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  operation: 'test.post',
  method: 'POST',
  url,
  body: '{"a":1}',
  ...more,
});

async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('http: an answer', () => {
  it('gives status, headers, parsed body and text, and sends the request as told', async () => {
    let request = '';
    const { url } = await listen((socket, received) => {
      request = received;
      socket.write(answer('{"id":"7"}', 'X-Trace: 1\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n'));
    });
    const reply = await client()(post(url, { headers: { 'content-type': 'application/json', 'x-own': 'yes' } }));
    expect(reply).toMatchObject({
      kind: 'answered',
      status: 200,
      body: { id: '7' },
      text: '{"id":"7"}',
      headers: { 'x-trace': '1', 'set-cookie': 'a=1, b=2' },
    });
    expect(request).toMatch(/^POST \/path\?q=1 HTTP\/1\.1\r\n/u);
    expect(request).toMatch(/x-own: yes\r\n/u);
    expect(request).toMatch(/content-length: 7\r\n/u);
  });

  it.each([
    ['text that is no JSON', 'busy, try later', 'busy, try later'],
    ['broken JSON', '{"a":', '{"a":'],
    ['nothing', '', ''],
    ['a bare number', '12', 12],
  ])('keeps %s', async (_name, body, expected) => {
    const { url } = await listen((socket) => socket.write(answer(body)));
    expect(await client()(post(url))).toMatchObject({ kind: 'answered', body: expected, text: body });
  });

  it('puts a character together that was cut between two packets', async () => {
    const { url } = await listen((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n');
      socket.write(Buffer.from('"é"').subarray(0, 2), () =>
        setImmediate(() => socket.write(Buffer.concat([Buffer.from('"é"').subarray(2), Buffer.from('  ')]))),
      );
    });
    expect(await client()(post(url))).toMatchObject({ kind: 'answered', body: 'é' });
  });

  it('does not follow a redirect, and takes an error status as an answer', async () => {
    const { url, seen } = await listen((socket) =>
      socket.write('HTTP/1.1 307 Elsewhere\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n'),
    );
    expect(await client()(post(url))).toMatchObject({ kind: 'answered', status: 307, headers: { location: '/other' } });
    expect(seen.requests).toBe(1);
  });

  it('does not take 103 for the answer', async () => {
    const { url } = await listen((socket) =>
      socket.write(`HTTP/1.1 103 Early Hints\r\nx-early: 1\r\n\r\n${answer('{}')}`),
    );
    expect(await client()(post(url))).toMatchObject({ kind: 'answered', status: 200, body: {} });
  });

  it('sends a form with its length and boundary', async () => {
    let request = '';
    const { url } = await listen((socket, received) => {
      request = received;
      if (!received.includes('content-length: 0')) socket.write(answer('{}'));
    });
    const form = new FormData();
    form.set('messaging_product', 'whatsapp');
    form.set('file', new Blob(['abc'], { type: 'image/png' }), 'a.png');
    expect(await client()(post(url, { body: form }))).toMatchObject({ kind: 'answered' });
    expect(request).toMatch(/content-type: multipart\/form-data; boundary=/u);
    expect(request).toMatch(/content-length: [1-9]\d+\r\n/u);
  });

  it('tells of each exchange without an address', async () => {
    const exchanges: HttpExchange[] = [];
    const { url } = await listen((socket) => socket.write(answer('{}')));
    const http = client({ onExchange: (exchange) => exchanges.push(exchange) });
    await http(post(url));
    await http(post('http://127.0.0.1:1/'));
    expect(exchanges).toEqual([
      { operation: 'test.post', method: 'POST', status: 200, outcome: 'answered', durationMs: expect.any(Number) },
      { operation: 'test.post', method: 'POST', status: null, outcome: 'not_sent', durationMs: expect.any(Number) },
    ]);
  });

  it('makes thousands of calls over few connections', async () => {
    const { url, seen } = await listen((socket) => socket.write(answer('{}')));
    const http = client({ connections: 8, timeoutMs: 60_000 });
    const replies = await Promise.all(Array.from({ length: 3000 }, async () => (await http(post(url))).kind));
    expect(new Set(replies)).toEqual(new Set(['answered']));
    expect(seen.requests).toBe(3000);
    expect(seen.connections).toBeLessThanOrEqual(8);
  });
});

describe('http: not sent, so that it may be sent again', () => {
  it('when the connection is refused', async () => {
    expect(await client()(post('http://127.0.0.1:1/'))).toMatchObject({ kind: 'not_sent', reason: 'ECONNREFUSED' });
  });

  it('when the name is unknown', async () => {
    const reply = await client()(post('http://nobody.invalid/'));
    expect(reply.kind).toBe('not_sent');
  });

  it.each([
    ['is silent', () => {}, 'connect_timeout'],
    ['hangs up', (socket: Socket) => void socket.end(), 'ECONNRESET'],
    ['resets', (socket: Socket) => void socket.resetAndDestroy(), 'ECONNRESET'],
  ])('when the other side %s instead of the TLS handshake', async (_name, onConnect, reason) => {
    const { tlsUrl } = await listen(() => {}, onConnect);
    const reply = await client({ connectTimeoutMs: 200 })(post(tlsUrl));
    expect(reply).toMatchObject({ kind: 'not_sent', reason });
  });

  it('when the other side speaks no TLS', async () => {
    const { tlsUrl } = await listen(
      () => {},
      (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    expect((await client()(post(tlsUrl))).kind).toBe('not_sent');
  });

  it('when it was aborted before', async () => {
    const { url, seen } = await listen(() => {});
    expect(await client()(post(url), AbortSignal.abort())).toMatchObject({ kind: 'not_sent', reason: 'aborted' });
    expect(seen.connections).toBe(0);
  });

  it('when it was aborted, or its time ran out, while it waited for a connection, and then really is not sent', async () => {
    const open: Socket[] = [];
    const { url, seen } = await listen((socket) => open.push(socket));
    const http = client({ connections: 1 });
    const first = http(post(url));
    await eventually(() => open.length === 1);
    const abort = new AbortController();
    const second = http(post(url), abort.signal);
    const third = http(post(url, { timeoutMs: 30 }));
    abort.abort();
    expect(await second).toMatchObject({ kind: 'not_sent', reason: 'aborted' });
    expect(await third).toMatchObject({ kind: 'not_sent', reason: 'timeout' });
    const fourth = http(post(url));
    open[0]?.write(answer('1'));
    expect((await first).kind).toBe('answered');
    await eventually(() => open.length === 2);
    open[1]?.write(answer('4'));
    expect(await fourth).toMatchObject({ kind: 'answered', body: 4 });
    expect(seen.requests).toBe(2);
  });

  it.each([
    ['a broken URL', post('no url at all'), 'invalid_url'],
    ['another protocol', post('ftp://127.0.0.1/'), 'invalid_url'],
    ['a header with a line break', post('http://127.0.0.1:1/', { headers: { 'x-a': 'b\r\nc: d' } }), 'invalid_request'],
  ])('when it is %s', async (_name, request, reason) => {
    expect(await client()(request)).toMatchObject({ kind: 'not_sent', reason });
  });

  it('when the client is closed', async () => {
    const { http, close } = createHttp({ timeoutMs: 1000 });
    await close();
    expect(await http(post('http://127.0.0.1:1/'))).toMatchObject({ kind: 'not_sent', reason: 'client_closed' });
  });
});

describe('http: no answer, so that it may have been done', () => {
  it.each([
    ['hangs up', (socket: Socket) => void socket.end(), 'connection_closed'],
    ['resets the connection', (socket: Socket) => void socket.resetAndDestroy(), 'ECONNRESET'],
    ['answers no HTTP', (socket: Socket) => void socket.write('SSH-2.0-x\r\n\r\n'), 'answer_not_http'],
    ['hangs up within the headers', (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\nx: '), 'connection_closed'],
    [
      'hangs up within the body',
      (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"id'),
      /./u,
    ],
    [
      'hangs up within a chunk',
      (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{"id'),
      /./u,
    ],
    ['is silent', () => {}, 'timeout'],
    [
      'stops within the body',
      (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"id'),
      'timeout',
    ],
  ])('when the other side %s', async (_name, onData, reason) => {
    const { url, seen } = await listen(onData);
    const reply = await client()(post(url, { timeoutMs: 300 }));
    expect(reply).toMatchObject({
      kind: 'no_answer',
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
    expect(seen.requests).toBe(1);
  });

  it('when it is aborted after it left', async () => {
    const { url, seen } = await listen(() => {});
    const abort = new AbortController();
    const reply = client()(post(url), abort.signal);
    await eventually(() => seen.requests === 1);
    abort.abort();
    expect(await reply).toMatchObject({ kind: 'no_answer', reason: 'aborted' });
  });

  it('when the answer is too large, and the next call goes through', async () => {
    const { url } = await listen((socket, request) =>
      socket.write(answer(request.includes('x-big') ? 'x'.repeat(2000) : 'ok')),
    );
    const http = client({ maxBodyBytes: 1000, connections: 1 });
    expect(await http(post(url, { headers: { 'x-big': '1' } }))).toMatchObject({
      kind: 'no_answer',
      reason: 'answer_too_large',
    });
    expect(await http(post(url))).toMatchObject({ kind: 'answered', body: 'ok' });
  });

  it.each(['GET', 'POST'] as const)(
    'when a kept connection turns out to be dead, and a %s is not repeated',
    async (method) => {
      let answered = 0;
      const { url, seen } = await listen((socket) => {
        answered += 1;
        if (answered === 1) socket.write(answer('{}'));
        else socket.resetAndDestroy();
      });
      const http = client({ connections: 1 });
      const request: HttpRequest = { operation: 'test', method, url };
      expect((await http(request)).kind).toBe('answered');
      expect((await http(request)).kind).toBe('no_answer');
      expect(seen.requests).toBe(2);
    },
  );

  it('never claims that nothing was sent when bytes arrived, whenever the other side cuts', async () => {
    for (let cutAfter = 0; cutAfter < 12; cutAfter += 1) {
      const { url, seen } = await listen(
        () => {},
        (socket) => {
          if (cutAfter === 0) socket.resetAndDestroy();
          setTimeout(() => socket.resetAndDestroy(), cutAfter);
        },
      );
      const reply = await client()(post(url, { body: 'x'.repeat(300_000), timeoutMs: 1000 }));
      if (seen.bytes > 0) expect(reply.kind).toBe('no_answer');
      expect(['no_answer', 'not_sent']).toContain(reply.kind);
    }
  });
});
