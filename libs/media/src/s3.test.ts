import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tenantIdSchema } from '@posthorn/message';
import { bucketsSchema, openBuckets } from './buckets.ts';
import { createS3Store } from './create-s3-store.ts';

const accessKeyId = 'AKIATEST';
const secretAccessKey = 'a-secret-of-the-tests';
const region = 'eu-central-1';
const name = 'med_01JD8T0Z5R4YV3W2X1Q0P9N8M7';

/** Signature Version 4 as its specification says (docs.aws.amazon.com, "Create a signed request", read 2026-11); not by the library under test. */
function isSigned(request: IncomingMessage, url: URL): boolean {
  const inQuery = url.searchParams.get('X-Amz-Signature');
  const field = (key: string) =>
    new RegExp(`${key}=([^, ]+)`, 'u').exec(request.headers.authorization ?? '')?.[1] ?? '';
  const signedHeaders = inQuery === null ? field('SignedHeaders') : (url.searchParams.get('X-Amz-SignedHeaders') ?? '');
  const time = inQuery === null ? String(request.headers['x-amz-date']) : (url.searchParams.get('X-Amz-Date') ?? '');
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const encode = (text: string) =>
    encodeURIComponent(text).replaceAll(/[!'()*]/gu, (each) => `%${each.codePointAt(0)?.toString(16).toUpperCase()}`);
  const query = [...url.searchParams]
    .filter(([key]) => key !== 'X-Amz-Signature')
    .map(([key, value]) => `${encode(key)}=${encode(value)}`)
    .toSorted()
    .join('&');
  const headers = signedHeaders
    .split(';')
    .map((key) => `${key}:${String(request.headers[key]).trim()}\n`)
    .join('');
  const payload = inQuery === null ? String(request.headers['x-amz-content-sha256']) : 'UNSIGNED-PAYLOAD';
  const canonical = [request.method, url.pathname, query, headers, signedHeaders, payload].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  let key: Buffer | string = `AWS4${secretAccessKey}`;
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  return createHmac('sha256', key).update(toSign).digest('hex') === (inQuery ?? field('Signature'));
}

/** As much of S3 as the store uses, in memory; a wrong signature is 403. */
describe('storage that is compatible with S3', () => {
  let server: Server;
  let endpoint: string;
  const objects = new Map<string, { readonly bytes: Buffer; readonly at: Date }>();
  const parts = new Map<string, Buffer>();
  beforeAll(async () => {
    server = createServer((request, response) => {
      void buffer(request).then((body) => {
        const url = new URL(request.url ?? '/', endpoint);
        const found = objects.get(url.pathname);
        const xml = (text: string) => response.writeHead(200, { 'content-type': 'application/xml' }).end(text);
        if (!isSigned(request, url)) return response.writeHead(403).end();
        if (request.method === 'POST' && url.searchParams.has('uploads')) return xml('<r><UploadId>u1</UploadId></r>');
        if (request.method === 'PUT' && url.searchParams.has('partNumber')) {
          parts.set(String(url.searchParams.get('partNumber')).padStart(5, '0'), body);
          return response.writeHead(200, { etag: '"e"' }).end();
        }
        if (request.method === 'POST') {
          objects.set(url.pathname, {
            bytes: Buffer.concat([...parts].toSorted(([a], [b]) => a.localeCompare(b)).map(([, part]) => part)),
            at: new Date(),
          });
          parts.clear();
          return xml('<r><ETag>"e"</ETag></r>');
        }
        if (request.method === 'PUT') {
          objects.set(url.pathname, { bytes: body, at: new Date() });
          return response.writeHead(200, { etag: '"e"' }).end();
        }
        if (request.method === 'DELETE') {
          objects.delete(url.pathname);
          return response.writeHead(204).end();
        }
        if (url.searchParams.has('uploads')) return xml('<ListMultipartUploadsResult></ListMultipartUploadsResult>');
        if (url.searchParams.has('list-type')) {
          const rows = [...objects].map(
            ([key, { at }]) =>
              `<Contents><Key>${key.slice('/files/'.length)}</Key><LastModified>${at.toISOString()}</LastModified></Contents>`,
          );
          return xml(`<ListBucketResult><IsTruncated>false</IsTruncated>${rows.join('')}</ListBucketResult>`);
        }
        if (found === undefined)
          return response
            .writeHead(404, { 'content-type': 'application/xml' })
            .end('<Error><Code>NoSuchKey</Code></Error>');
        const [, first, last] = /bytes=(\d+)-(\d+)/u.exec(request.headers.range ?? '') ?? [];
        const given = first === undefined ? found.bytes : found.bytes.subarray(Number(first), Number(last) + 1);
        return response.writeHead(first === undefined ? 200 : 206, { 'content-length': given.byteLength }).end(given);
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('keeps files, small and in parts, gives them back, and removes them', async () => {
    const store = createS3Store({
      region,
      endpoint,
      accessKeyId,
      secretAccessKey,
      bucket: 'files',
      prefix: 'posthorn/',
    });
    for (const bytes of [randomBytes(1000), randomBytes(6 * 1024 * 1024)]) {
      await store.write(name, Readable.from([bytes]));
      const whole = await store.read(name);
      expect(whole !== null && (await buffer(whole)).equals(bytes)).toBe(true);
      const part = await store.read(name, { start: 10, end: 19 });
      expect(part !== null && (await buffer(part)).equals(bytes.subarray(10, 20))).toBe(true);
    }
    const late = Date.now() + 60_000;
    expect(await store.clean({ halvesBeforeMs: late, filesBeforeMs: late, isKnown: async () => true })).toBe(0);
    expect(await store.clean({ halvesBeforeMs: late, filesBeforeMs: late, isKnown: async () => false })).toBe(1);
    expect(await store.read(name)).toBeNull();
    await store.remove(name);
    await store.close();
  });

  it('gives a signed address of an object to those whose bucket it is, which anybody can read', async () => {
    objects.set('/files/a%20b/%C3%A4.png', { bytes: Buffer.from('png'), at: new Date() });
    const given = { tenants: ['ours'], region, endpoint, accessKeyId, secretAccessKey };
    const buckets = await openBuckets(
      bucketsSchema.parse(JSON.stringify({ files: given, open: { ...given, public: true } })),
    );
    const ours = tenantIdSchema.parse('ours');
    const url = await buckets.toUrl(ours, { bucket: 'files', key: 'a b/ä.png' }, 60_000);
    const answer = await fetch(url ?? '');
    expect([answer.status, await answer.text()]).toEqual([200, 'png']);
    expect(new URL(url ?? '').searchParams.get('X-Amz-Expires')).toBe('60');
    expect((await fetch((url ?? '').replace('Expires=60', 'Expires=61'))).status).toBe(403);
    expect(await buckets.toUrl(ours, { bucket: 'open', key: 'a' }, 60_000)).toBe(`${endpoint}/open/a`);
    expect(await buckets.toUrl(tenantIdSchema.parse('theirs'), { bucket: 'files', key: 'a' }, 1)).toBeNull();
    expect(bucketsSchema.safeParse('{"x": 1}').success).toBe(false);
  });
});
