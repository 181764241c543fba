import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { loopbackAllow } from './callback-allow-schema.ts';
import { createGuardedHttp, type GuardedHttpOptions } from './create-guarded-http.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, url: `http://127.0.0.1:${port}/`, requests };
}

function client(options: Partial<GuardedHttpOptions> = {}) {
  const guarded = createGuardedHttp({ allow: [], timeoutMs: 2000, maxBodyBytes: 1000, ...options });
  closers.push(guarded.close);
  return guarded;
}

const get = (url: string) => ({ operation: 'test', method: 'GET' as const, url });

/** A resolver that gives one answer after the other, and the last one for ever. */
function answers(...list: (readonly string[])[]) {
  const asked: string[] = [];
  const resolve = async (hostname: string) => {
    asked.push(hostname);
    return list[Math.min(asked.length, list.length) - 1] ?? [];
  };
  return { asked, resolve };
}

describe('guarded http: ways to say an address that is not public', () => {
  const tricks = [
    'http://127.0.0.1/',
    'http://127.1/',
    'http://127.0.1/',
    'http://0/',
    'http://0.0.0.0/',
    'http://2130706433/',
    'http://017700000001/',
    'http://0177.0.0.1/',
    'http://0x7f000001/',
    'http://0x7f.0x0.0x0.0x1/',
    'http://0x7f.1/',
    'http://127.0.0.1./',
    'http://%31%32%37.0.0.1/',
    'http://①②⑦.⓪.⓪.①/',
    'http://127。0。0。1/',
    'http:127.0.0.1/',
    'http:\\\\127.0.0.1\\',
    'http://localhost/',
    'http://localhost./',
    'http://LOCALHOST/',
    'http://a.localhost/',
    'http://ｌocalhost/',
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://172.31.255.255/',
    'http://192.168.1.1:8080/',
    'http://169.254.169.254/latest/meta-data/',
    'http://2852039166/',
    'http://169.254.1.1/',
    'http://168.63.129.16/',
    'http://100.64.0.1/',
    'http://100.100.100.200/',
    'http://192.0.0.192/',
    'http://198.18.0.1/',
    'http://192.0.2.1/',
    'http://198.51.100.1/',
    'http://203.0.113.1/',
    'http://192.88.99.1/',
    'http://224.0.0.1/',
    'http://240.0.0.1/',
    'http://255.255.255.255/',
    'http://[::1]/',
    'http://[::]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[0:0:0:0:0:ffff:10.0.0.1]/',
    'http://[::7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[64:ff9b::10.0.0.1]/',
    'http://[64:ff9b:1::808:808]/',
    'http://[2002:7f00:1::]/',
    'http://[2002:a9fe:a9fe::]/',
    'http://[2001::1]/',
    'http://[2001:0:7f00:1::]/',
    'http://[2001:db8::1]/',
    'http://[2001:2::1]/',
    'http://[3fff::1]/',
    'http://[5f00::1]/',
    'http://[100::1]/',
    'http://[fc00::1]/',
    'http://[fd00:ec2::254]/',
    'http://[fd20:ce::254]/',
    'http://[fe80::1]/',
    'http://[fec0::1]/',
    'http://[ff02::1]/',
    'https://[::ffff:c0a8:101]:8443/',
  ];

  it.each(tricks)('%s', async (url) => {
    const { http, open, checkUrl } = client();
    expect(checkUrl(url)).toEqual({ kind: 'refused', reason: 'address_refused' });
    expect(await http(get(url))).toMatchObject({ kind: 'not_sent', reason: 'address_refused' });
    expect(await open(get(url))).toMatchObject({ kind: 'not_sent', reason: 'address_refused' });
  });

  it.each(tricks)('%s, where a resolver or parser let it through', async (url) => {
    const host = new URL(url).hostname.replace(/^\[|\]$/gu, '').replace(/^.*localhost\.?$/u, '127.0.0.1');
    const { http } = client({ resolve: answers([host]).resolve });
    expect(await http(get('http://hooks.example/'))).toMatchObject({ kind: 'not_sent', reason: 'address_refused' });
  });

  it.each([
    ['user info', 'http://user:secret@example.com/', 'credentials_in_url'],
    ['a name that hides the host', 'http://example.com@127.0.0.1/', 'credentials_in_url'],
    ['a zone', 'http://[fe80::1%25lo]/', 'invalid_url'],
    ['no address', 'not a url', 'invalid_url'],
    ['a file', 'file:///etc/passwd', 'invalid_url'],
    ['another protocol', 'gopher://127.0.0.1:6379/_INFO', 'invalid_url'],
  ])('refuses %s', async (_name, url, reason) => {
    const { http, open } = client();
    expect(await http(get(url))).toEqual({ kind: 'not_sent', reason, durationMs: 0 });
    expect(await open(get(url))).toMatchObject({ kind: 'not_sent', reason });
  });

  it('wants https where told to, except for what is allowed', () => {
    const { checkUrl } = client({ httpsOnly: true, allow: ['hooks.internal', '10.0.0.0/8'] });
    expect(checkUrl('http://example.com/')).toEqual({ kind: 'refused', reason: 'https_required' });
    for (const url of ['https://example.com:8443/', 'http://hooks.internal/', 'http://10.1.2.3/'])
      expect(checkUrl(url)).toMatchObject({ kind: 'ok' });
  });
});

describe('guarded http: names', () => {
  it.each([
    ['a private one', ['10.0.0.7']],
    ['a public and a private one', ['93.184.216.34', '127.0.0.1']],
    ['a public one and a private one of IPv6', ['93.184.216.34', '::1']],
    ['a mapped one', ['::ffff:127.0.0.1']],
    ['one with a zone', ['fe80::1%lo']],
    ['something that is no address', ['elsewhere']],
  ])('refuses a name whose answer is %s', async (_name, found) => {
    const { http } = client({ resolve: answers(found).resolve });
    expect(await http(get('http://hooks.example/'))).toMatchObject({ kind: 'not_sent', reason: 'address_refused' });
  });

  it('connects to the address it has checked, and does not ask again (rebinding)', async () => {
    const server = await serve((_request, response) => response.end('"ok"'));
    const { asked, resolve } = answers(['127.0.0.1'], ['10.0.0.1']);
    const { http } = client({ allow: ['127.0.0.1'], resolve });
    const reply = await http(get(`http://hooks.example:${server.port}/`));
    expect(reply).toMatchObject({ kind: 'answered', body: 'ok' });
    expect(asked).toEqual(['hooks.example']);
    expect(server.requests[0]?.headers.host).toBe(`hooks.example:${server.port}`);
  });

  it('refuses the second answer of a rebinding resolver when a new connection asks for it', async () => {
    const server = await serve((_request, response) => response.setHeader('connection', 'close').end('"ok"'));
    const { resolve } = answers(['127.0.0.1'], ['127.0.0.2']);
    const { http } = client({ allow: ['127.0.0.1'], resolve });
    const url = `http://hooks.example:${server.port}/`;
    expect(await http(get(url))).toMatchObject({ kind: 'answered' });
    expect(await http(get(url))).toMatchObject({ kind: 'not_sent', reason: 'address_refused' });
    expect(server.requests).toHaveLength(1);
  });

  it('tells a name without address from a refused one', async () => {
    const { http } = client({ resolve: answers([]).resolve });
    expect(await http(get('http://hooks.example/'))).toMatchObject({ kind: 'not_sent', reason: 'ENOTFOUND' });
  });

  it('lets an allowed name be private, in whatever case and with a final dot, but never a metadata service', async () => {
    const server = await serve((_request, response) => response.end('"ok"'));
    const { http } = client({ allow: ['Hooks.internal.'], resolve: answers(['127.0.0.1']).resolve });
    for (const host of ['hooks.internal', 'HOOKS.internal', 'hooks.internal.'])
      expect(await http(get(`http://${host}:${server.port}/`))).toMatchObject({ kind: 'answered' });
    const fooled = client({ allow: ['hooks.internal'], resolve: answers(['169.254.169.254']).resolve });
    expect(await fooled.http(get('http://hooks.internal/'))).toMatchObject({ reason: 'address_refused' });
  });

  it.each(['http://127.0.0.1', 'http://localhost', 'http://127.1', 'http://[::ffff:7f00:1]'])(
    'reaches %s with loopback allowed',
    async (origin) => {
      const server = await serve((_request, response) => response.end('"ok"'));
      const { http } = client({ allow: loopbackAllow });
      expect(await http(get(`${origin}:${server.port}/`))).toMatchObject({ kind: 'answered', body: 'ok' });
    },
  );
});

describe('guarded http: redirects', () => {
  const allow = ['127.0.0.1'];

  it('gives a redirect to a private address as an answer, and does not go there', async () => {
    const server = await serve((_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    );
    const { http, open } = client({ allow });
    expect(await http(get(server.url))).toMatchObject({ kind: 'answered', status: 302 });
    const reply = await open(get(server.url));
    expect(reply).toMatchObject({ kind: 'answered', status: 302, headers: { location: 'http://169.254.169.254/' } });
    if (reply.kind === 'answered') reply.body.destroy();
  });

  it.each(['http://169.254.169.254/', 'http://127.0.0.2/', '//10.0.0.1/', 'http://[::1]/', 'http://localhost:1/'])(
    'checks each redirect anew: %s',
    async (location) => {
      const server = await serve((_request, response) => response.writeHead(307, { location }).end());
      const { open } = client({ allow: ['127.0.0.1'], resolve: answers(['::1']).resolve });
      expect(await open({ ...get(server.url), redirectsMax: 3 })).toMatchObject({
        kind: 'not_sent',
        reason: 'address_refused',
      });
    },
  );

  it('follows to another host without what says who asks', async () => {
    const goal = await serve((_request, response) => response.end('picture'));
    const server = await serve((request, response) =>
      request.url === '/'
        ? response.writeHead(302, { location: '/again' }).end()
        : response.writeHead(301, { location: goal.url }).end(),
    );
    const { open } = client({ allow });
    const headers = { Authorization: 'Bearer x', 'x-api-key': 'y', cookie: 'z', accept: 'image/*' };
    const reply = await open({ ...get(server.url), headers, redirectsMax: 2 });
    expect(reply).toMatchObject({ kind: 'answered', status: 200, url: goal.url });
    if (reply.kind === 'answered') expect(await text(reply.body)).toBe('picture');
    expect(server.requests[1]?.headers).toMatchObject({ authorization: 'Bearer x', 'x-api-key': 'y' });
    expect(goal.requests[0]?.headers).toMatchObject({ accept: 'image/*' });
    for (const name of ['authorization', 'x-api-key', 'cookie'])
      expect(goal.requests[0]?.headers).not.toHaveProperty([name]);
  });

  it('ends a circle of redirects', async () => {
    const server = await serve((_request, response) => response.writeHead(302, { location: '/' }).end());
    expect(await client({ allow }).open({ ...get(server.url), redirectsMax: 2 })).toMatchObject({
      kind: 'no_answer',
      reason: 'too_many_redirects',
    });
    expect(server.requests).toHaveLength(3);
  });
});

describe('guarded http: how much and how long', () => {
  const allow = ['127.0.0.1'];

  it('reads a body as a stream up to the limit', async () => {
    const server = await serve((_request, response) => response.end(Buffer.alloc(1000, 1)));
    const reply = await client({ allow }).open(get(server.url));
    expect(reply).toMatchObject({ kind: 'answered', status: 200, headers: { 'content-length': '1000' } });
    if (reply.kind === 'answered') expect(await buffer(reply.body)).toHaveLength(1000);
  });

  it('gives no answer that says itself to be too large', async () => {
    const server = await serve((_request, response) => response.end(Buffer.alloc(1001)));
    const { http, open } = client({ allow });
    expect(await open(get(server.url))).toMatchObject({ kind: 'no_answer', reason: 'answer_too_large' });
    expect(await http(get(server.url))).toMatchObject({ kind: 'no_answer', reason: 'answer_too_large' });
  });

  it('ends a body that grows past the limit', async () => {
    const server = await serve((_request, response) => {
      response.write('x'.repeat(900));
      response.end('x'.repeat(900));
    });
    const reply = await client({ allow }).open(get(server.url));
    expect(reply.kind).toBe('answered');
    if (reply.kind === 'answered')
      await expect(buffer(reply.body)).rejects.toMatchObject({ name: 'BodyError', code: 'answer_too_large' });
  });

  it('ends a body that trickles', async () => {
    const server = await serve((_request, response) => void response.write('x'));
    const reply = await client({ allow }).open({ ...get(server.url), timeoutMs: 300 });
    // On a slow machine the time may be over before the head is read.
    const end = reply.kind === 'answered' ? await buffer(reply.body).then(() => 'whole', String) : reply.reason;
    expect(end).toContain('timeout');
  });

  it('ends a body that is aborted, and one that is cut short', async () => {
    const server = await serve((request, response) => {
      response.write('x', () => request.url === '/cut' && response.destroy());
    });
    const { open } = client({ allow, timeoutMs: 20_000 });
    const abort = new AbortController();
    const aborted = await open(get(server.url), abort.signal);
    const cut = await open(get(`${server.url}cut`));
    if (aborted.kind !== 'answered' || cut.kind !== 'answered') throw new Error('expected two answers');
    abort.abort();
    await expect(buffer(aborted.body)).rejects.toMatchObject({ name: 'BodyError', code: 'aborted' });
    await expect(buffer(cut.body)).rejects.toMatchObject({ name: 'BodyError' });
  });

  it('waits for a slow reader instead of filling memory', async () => {
    const size = 8 * 1024 * 1024;
    const server = await serve((_request, response) => response.end(Buffer.alloc(size, 7)));
    const reply = await client({ allow }).open({ ...get(server.url), maxBodyBytes: size, timeoutMs: 30_000 });
    if (reply.kind !== 'answered') throw new Error(reply.reason);
    let bytes = 0;
    let waitingMax = 0;
    for await (const chunk of reply.body) {
      if (Buffer.isBuffer(chunk)) bytes += chunk.length;
      waitingMax = Math.max(waitingMax, reply.body.readableLength);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(bytes).toBe(size);
    expect(waitingMax).toBeLessThan(size / 4);
  });

  it('says that nothing was sent when nobody listens, when it was aborted before, and when it is closed', async () => {
    const guarded = createGuardedHttp({ allow, timeoutMs: 1000, maxBodyBytes: 10 });
    expect(await guarded.open(get('http://127.0.0.1:1/'))).toMatchObject({ kind: 'not_sent', reason: 'ECONNREFUSED' });
    expect(await guarded.open(get('http://127.0.0.1:1/'), AbortSignal.abort())).toMatchObject({ reason: 'aborted' });
    await guarded.close();
    expect(await guarded.open(get('http://127.0.0.1:1/'))).toMatchObject({ kind: 'not_sent', reason: 'client_closed' });
  });
});
