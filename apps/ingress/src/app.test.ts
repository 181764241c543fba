import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { tenantIdSchema } from '@posthorn/message';
import { startTestIngress, type TestIngress } from './testing/start-test-ingress.ts';

const open: TestIngress[] = [];
afterEach(async () => {
  for (const ingress of open.splice(0)) await ingress.close();
});

async function start(options?: Parameters<typeof startTestIngress>[0]): Promise<TestIngress> {
  const ingress = await startTestIngress(options);
  open.push(ingress);
  return ingress;
}

/** Writes bytes as they are, and reads until the other side closes. */
async function raw(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  return await text(socket);
}

describe('what comes in badly', () => {
  it.each([
    ['/v1/messages', 'a message'],
    ['/webhooks/whatsapp-cloud/x', 'a webhook'],
  ])('times out %s whose body comes slowly', async (path) => {
    const ingress = await start({ limits: { requestTimeoutMs: 300 } });
    const answer = await raw(
      ingress.url,
      `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ingress.key}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a":`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 408 /u);
    expect(answer).toContain('content-type: application/problem+json');
    expect(answer).toContain('"code":"request_timeout"');
    expect(ingress.logLines().at(-1)).toMatchObject({ code: 'request_timeout' });
  });

  it('times out headers that come slowly', async () => {
    const ingress = await start({ limits: { requestTimeoutMs: 300 } });
    expect(await raw(ingress.url, 'POST /v1/messages HTTP/1.1\r\nhost:')).toMatch(/^HTTP\/1\.1 408 /u);
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400, 'bad_request'],
    ['headers of 20 kB', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
    ['a broken path', 'GET /v1/messages/%E0%A4%A HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400, 'bad_request'],
  ])('answers %s with a problem', async (_name, bytes, status, code) => {
    const ingress = await start();
    const answer = await raw(ingress.url, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `, 'u'));
    expect(answer).toContain(`"code":"${code}"`);
  });

  it('refuses a message of more than 1 MiB, and a batch of more than 8 MiB', async () => {
    const ingress = await start();
    const large = (bytes: number) => ingress.request({ content: { type: 'text', body: 'x'.repeat(bytes) } });
    expect(await ingress.call('POST', '/v1/messages', large(1024 * 1024))).toMatchObject({
      status: 413,
      body: { code: 'too_large' },
    });
    const batch = { messages: Array.from({ length: 9 }, () => large(1000 * 1000)) };
    expect((await ingress.call('POST', '/v1/messages/batch', batch)).status).toBe(413);
    const smaller = { messages: Array.from({ length: 7 }, () => large(1000 * 1000)) };
    expect((await ingress.call('POST', '/v1/messages/batch', smaller)).status).toBe(200);
  });

  it('answers for a route that is not there', async () => {
    const ingress = await start();
    const answer = await ingress.call('PUT', '/v1/messages?secret=1', {});
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found', instance: '/v1/messages' } });
  });
});

describe('when Redis is away', () => {
  it('answers 503 with Retry-After, is alive but not ready', async () => {
    const ingress = await start({ redisUrl: 'redis://127.0.0.1:1' });
    const answer = await ingress.call('POST', '/v1/messages', ingress.request());
    expect(answer).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('2');
    expect((await ingress.call('GET', '/livez')).status).toBe(200);
    expect((await ingress.call('GET', '/readyz')).status).toBe(503);
    expect((await ingress.call('GET', '/metrics')).text).toContain(
      'posthorn_requests_refused_total{code="storage_unavailable"} 1',
    );
  });

  it('answers a batch of which nothing went through as a whole, and otherwise item by item', async () => {
    let accepts = 0;
    const failing = (from: number) => ({
      submission: {
        submit: async () => Promise.reject(new Error('Connection is closed.')),
        submitBatch: async () => ({
          kind: 'answered' as const,
          allowance: null,
          results: [{}, {}].map(() => {
            accepts += 1;
            return accepts > from
              ? { kind: 'failed' as const, error: new Error('Connection is closed.') }
              : { kind: 'refused' as const, problem: { type: 'x', title: 'x', status: 422, code: 'x' } };
          }),
        }),
      },
    });
    const all = await start({ deps: failing(0) });
    expect((await all.call('POST', '/v1/messages/batch', { messages: [{}, {}] })).status).toBe(503);
    accepts = 0;
    const some = await start({ deps: failing(1) });
    expect(await some.call('POST', '/v1/messages/batch', { messages: [{}, {}] })).toMatchObject({
      status: 200,
      body: { results: [{ status: 422 }, { status: 503, problem: { code: 'storage_unavailable' } }] },
    });
  });

  it('does not show what went wrong inside', async () => {
    const ingress = await start({
      deps: {
        submission: {
          submit: async () => Promise.reject(new Error('a secret of ours')),
          submitBatch: async () => Promise.reject(new Error('a secret of ours')),
        },
      },
    });
    const answer = await ingress.call('POST', '/v1/messages', ingress.request());
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal_error' } });
    expect(answer.text).not.toContain('secret');
    expect(ingress.logLines().at(-1)).toMatchObject({ level: 'error', op: 'sendMessage', code: 'internal_error' });
  });
});

describe('stopping', () => {
  it('answers what is under way, and turns away what comes after on open connections', async () => {
    const reached = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const stopping = Promise.withResolvers<void>();
    const ingress = await startTestIngress({
      deps: {
        access: {
          authenticate: async () => {
            reached.resolve();
            await release.promise;
            return { tenantId: tenantIdSchema.parse('ours'), role: 'producer', keyId: 'key_1' };
          },
        },
        probes: { answer: async () => null, stopping: stopping.resolve },
      },
    });
    // One connection with a request under way, and one in the middle of the headers of its next request.
    const busy = await conversation(ingress.url);
    busy.write(`GET /v1/channels HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ingress.key}\r\n\r\n`);
    const late = await conversation(ingress.url);
    late.write('GET /first HTTP/1.1\r\nhost: x\r\n\r\nGET /second HTTP/1.1\r\n');
    await Promise.all([reached.promise, late.answered]);
    const closed = ingress.close();
    await stopping.promise;
    late.write('host: x\r\n\r\n');
    release.resolve();
    expect(await busy.all).toMatch(/^HTTP\/1\.1 200 /u);
    const answers = await late.all;
    expect(answers.match(/HTTP\/1\.1 \d+/gu)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 503']);
    expect(answers).toContain('"code":"closing"');
    await closed;
  });
});

async function conversation(url: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  const { promise: answered, resolve } = Promise.withResolvers<void>();
  const { promise: all, resolve: end } = Promise.withResolvers<string>();
  let received = '';
  socket
    .on('data', (chunk) => {
      received += String(chunk);
      resolve();
    })
    .on('close', () => end(received));
  return { write: (bytes: string) => socket.write(bytes), answered, all };
}
