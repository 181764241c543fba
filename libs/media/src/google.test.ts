import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tenantIdSchema } from '@posthorn/message';
import { createHttp, type Http } from '@posthorn/runtime';
import { bucketsSchema, openBuckets } from './buckets.ts';
import { createLookAtObject } from './look-at-object.ts';
import { unsignedGet } from './sign-google-get.ts';

const ours = tenantIdSchema.parse('ours');

/**
 * Google's own conformance tests for signed URLs (googleapis/conformance-tests, storage/v1/v4_signatures.json, read 2026-11): those of
 * GET with no headers of the caller's. The key that signed them is public, and only its public half is needed here.
 */
const vectorKey = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArD8zIqyKLbX0Nq8o0Jj1
qHEhHhqO3+0OP7TEFx5Vxc6PdwBoFNrfnJRI/S+ZaDYS1avr5Pqpp8g8+UNOMvI1
VsjGM8xjTaxkVv8mmKp6pSmQstTt25pzY1exA2wv4xNWSwWNFNx2kh35+kvTQ/DF
3YA9P7pUU1sKur1PP8OoubWLFO59iy5UE5dX0O/3pjvZ2HAhSXsx2VWtB5nlrHR8
FrKJNLJMEGEDSMz9yRfQaUeYCU9oDYHuiqKQ3rCXi6C82l+3FJw5/ggJ5y7iw8ME
rCFSslcYQRbBVz6ZYKWkEcJhs8BG3/16bfaqNusNlDIJ99I7DmipUngF/HEulYhf
rQIDAQAB
-----END PUBLIC KEY-----`;
const vectorEmail = 'test-iam-credentials@dummy-project-id.iam.gserviceaccount.com';
const vectors = [
  {
    name: 'Simple GET',
    bucket: 'test-bucket',
    key: 'test-object',
    seconds: 10,
    at: '2019-02-01T09:00:00Z',
    url: 'https://storage.googleapis.com/test-bucket/test-object?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=test-iam-credentials%40dummy-project-id.iam.gserviceaccount.com%2F20190201%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20190201T090000Z&X-Goog-Expires=10&X-Goog-SignedHeaders=host&X-Goog-Signature=95e6a13d43a1d1962e667f17397f2b80ac9bdd1669210d5e08e0135df9dff4e56113485dbe429ca2266487b9d1796ebdee2d7cf682a6ef3bb9fbb4c351686fba90d7b621cf1c4eb1fdf126460dd25fa0837dfdde0a9fd98662ce60844c458448fb2b352c203d9969cb74efa4bdb742287744a4f2308afa4af0e0773f55e32e92973619249214b97283b2daa14195244444e33f938138d1e5f561088ce8011f4986dda33a556412594db7c12fc40e1ff3f1bedeb7a42f5bcda0b9567f17f65855f65071fabb88ea12371877f3f77f10e1466fff6ff6973b74a933322ff0949ce357e20abe96c3dd5cfab42c9c83e740a4d32b9e11e146f0eb3404d2e975896f74',
  },
  {
    name: 'Vary expiration and timestamp',
    bucket: 'test-bucket',
    key: 'test-object',
    seconds: 20,
    at: '2019-03-01T09:00:00Z',
    url: 'https://storage.googleapis.com/test-bucket/test-object?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=test-iam-credentials%40dummy-project-id.iam.gserviceaccount.com%2F20190301%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20190301T090000Z&X-Goog-Expires=20&X-Goog-SignedHeaders=host&X-Goog-Signature=9669ed5b10664dc594c758296580662912cf4bcc5a4ba0b6bf055bcbf6f34eed7bdad664f534962174a924741a0c273a4f67bc1847cef20192a6beab44223bd9d4fbbd749c407b79997598c30f82ddc269ff47ec09fa3afe74e00616d438df0d96a7d8ad0adacfad1dc3286f864d924fe919fb0dce45d3d975c5afe8e13af2db9cc37ba77835f92f7669b61e94c6d562196c1274529e76cfff1564cc2cad7d5387dc8e12f7a5dfd925685fe92c30b43709eee29fa2f66067472cee5423d1a3a4182fe8cea75c9329d181dc6acad7c393cd04f8bf5bc0515127d8ebd65d80c08e19ad03316053ea60033fd1b1fd85a69c576415da3bf0a3718d9ea6d03e0d66f0',
  },
  {
    name: 'Vary bucket and object',
    bucket: 'test-bucket2',
    key: 'test-object2',
    seconds: 10,
    at: '2019-02-01T09:00:00Z',
    url: 'https://storage.googleapis.com/test-bucket2/test-object2?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=test-iam-credentials%40dummy-project-id.iam.gserviceaccount.com%2F20190201%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20190201T090000Z&X-Goog-Expires=10&X-Goog-SignedHeaders=host&X-Goog-Signature=36e3d58dfd3ec1d2dd2f24b5ee372a71e811ffaa2162a2b871d26728d0354270bc116face87127532969c4a3967ed05b7309af741e19c7202f3167aa8c2ac420b61417d6451442bb91d7c822cd17be8783f01e05372769c88913561d27e6660dd8259f0081a71f831be6c50283626cbf04494ac10c394b29bb3bce74ab91548f58a37118a452693cf0483d77561fc9cac8f1765d2c724994cca46a83517a10157ee0347a233a2aaeae6e6ab5e204ff8fc5f54f90a3efdb8301d9fff5475d58cd05b181affd657f48203f4fb133c3a3d355b8eefbd10d5a0a5fd70d06e9515460ad74e22334b2cba4b29cae4f6f285cdb92d8f3126d7a1479ca3bdb69c207d860',
  },
];

describe('a signature of Google’s own kind', () => {
  it.each(vectors)('is made of what Google signs: $name', ({ bucket, key, seconds, at, url }) => {
    const object = { endpoint: 'https://storage.googleapis.com', bucket, key };
    const made = unsignedGet(object, vectorEmail, { nowMs: Date.parse(at), lifeMs: seconds * 1000 });
    const [unsigned, signature = ''] = url.split('&X-Goog-Signature=');
    expect(made.url).toBe(unsigned);
    expect(verify('sha256', Buffer.from(made.toSign), vectorKey, Buffer.from(signature, 'hex'))).toBe(true);
  });

  it('leaves the slashes of a name, and nothing else that means something', () => {
    const object = { endpoint: 'https://s.test', bucket: 'b', key: "path/with/under_score/amper&sand/a b'(1)*!ä~.png" };
    const { url } = unsignedGet(object, 'e', { nowMs: 0, lifeMs: 1 });
    expect(new URL(url).pathname).toBe('/b/path/with/under_score/amper%26sand/a%20b%27%281%29%2A%21%C3%A4~.png');
  });
});

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const account = {
  type: 'service_account',
  client_email: 'posthorn@project.iam.gserviceaccount.com',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
};

/** Why the storage would refuse a request; null: it would not. Read from the documentation of signatures, not from the code under test. */
function fault(request: IncomingMessage, nowMs: number): string | null {
  const [path = '', search = ''] = (request.url ?? '').split('?');
  const given = search.split('&').map((pair) => pair.split('='));
  const field = (name: string) => decodeURIComponent(given.find(([key]) => key === name)?.[1] ?? '');
  const at = field('X-Goog-Date').replace(/^(....)(..)(..T..)(..)(..Z)$/u, '$1-$2-$3:$4:$5');
  const seconds = Number(field('X-Goog-Expires'));
  if (field('X-Goog-Algorithm') !== 'GOOG4-RSA-SHA256') return 'algorithm';
  if (
    field('X-Goog-Credential') !==
    `${account.client_email}/${at.slice(0, 10).replaceAll('-', '')}/auto/storage/goog4_request`
  )
    return 'credential';
  if (field('X-Goog-SignedHeaders') !== 'host') return 'headers';
  if (!(seconds >= 1 && seconds <= 604_800)) return 'life';
  if (!(Date.parse(at) <= nowMs && nowMs < Date.parse(at) + seconds * 1000)) return 'expired';
  const query = given
    .filter(([key]) => key !== 'X-Goog-Signature')
    .map((pair) => pair.join('='))
    .toSorted()
    .join('&');
  const canonical = `${request.method}\n${path}\n${query}\nhost:${request.headers.host}\n\nhost\nUNSIGNED-PAYLOAD`;
  const scope = field('X-Goog-Credential').split('/').slice(1).join('/');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const text = `GOOG4-RSA-SHA256\n${field('X-Goog-Date')}\n${scope}\n${digest}`;
  return verify('sha256', Buffer.from(text), publicKey, Buffer.from(field('X-Goog-Signature'), 'hex'))
    ? null
    : 'signature';
}

const objectByPath = new Map<string, Buffer>();

/** As storages answer a range. */
function answerPart(request: IncomingMessage, response: ServerResponse, object: Buffer): void {
  const range = /^bytes=(?<start>\d+)-(?<end>\d+)$/u.exec(request.headers.range ?? '')?.groups;
  const [start, end] = [Number(range?.['start']), Number(range?.['end'])];
  const headers = { 'content-range': `bytes ${start}-${end}/${object.byteLength}` };
  response.writeHead(206, headers).end(object.subarray(start, end + 1));
}

/** Its size has bytes that are no text. */
function webp(chunk: string, flags: number): Buffer {
  const size = chunk === 'VP8X' ? [10, 0, 0, 0] : [0xff, 0xe4, 0x80, 0];
  return Buffer.concat([Buffer.from(`RIFF\0\0\0\0WEBP${chunk}`), Buffer.of(...size, flags), Buffer.alloc(100)]);
}

describe('Google Cloud Storage with the key of a service account', () => {
  let server: Server;
  let endpoint = '';
  let folder = '';
  const clock = { nowMs: Date.parse('2026-11-21T16:00:00Z'), now: () => clock.nowMs };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-google-'));
    server = createServer((request, response) => {
      const why = request.url === '/open/a.png' ? null : fault(request, clock.nowMs);
      const object = why === null ? objectByPath.get(request.url?.split('?', 1)[0] ?? '') : undefined;
      if (object !== undefined) answerPart(request, response, object);
      else
        response.writeHead(why === null ? 200 : 403).end(why ?? decodeURIComponent(request.url?.split('?')[0] ?? ''));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });
  const open = async (bucket: object) =>
    await openBuckets(bucketsSchema.parse(JSON.stringify({ files: bucket, open: { ...bucket, public: true } })), clock);
  const read = async (url: string | null, init: RequestInit = {}) => {
    // oxlint-disable-next-line no-restricted-globals -- as a provider fetches it
    const answer = await fetch(url ?? '', init);
    return `${answer.status} ${await answer.text()}`;
  };

  it('gives an address that anybody can read as long as it lives, and that is good for nothing else', async () => {
    const buckets = await open({ tenants: ['ours'], endpoint, serviceAccount: account });
    const url = await buckets.toUrl(ours, { bucket: 'files', key: 'a b/(1)*ä.png' }, 60_000);
    expect(await read(url)).toBe('200 /files/a b/(1)*ä.png');
    expect(await read((url ?? '').replace('Expires=60', 'Expires=61'))).toBe('403 signature');
    expect(await read((url ?? '').replace('a%20b', 'b'))).toBe('403 signature');
    expect(await read(url, { method: 'DELETE' })).toBe('403 signature');
    clock.nowMs += 60_000;
    expect(await read(url)).toBe('403 expired');
    const long = await buckets.toUrl(ours, { bucket: 'files', key: 'a' }, 30 * 86_400_000);
    expect(await read(long)).toBe('200 /files/a');
    expect(await read(await buckets.toUrl(ours, { bucket: 'open', key: 'a.png' }, 1))).toBe('200 /open/a.png');
    expect(await buckets.toUrl(tenantIdSchema.parse('theirs'), { bucket: 'files', key: 'a' }, 1)).toBeNull();
  });

  it.each([
    ['still', webp('VP8L', 0b0001_0000), false],
    ['still, of the extended form', webp('VP8X', 0b0001_0000), false],
    ['moving', webp('VP8X', 0b0001_0010), true],
  ])('is looked at by a few bytes: a sticker that is %s', async (_name, bytes, animated) => {
    const buckets = await open({ tenants: ['ours'], endpoint, serviceAccount: account });
    const { http, close } = createHttp({ timeoutMs: 10_000 });
    const lookAt = createLookAtObject({ buckets, http, clock });
    const object = { bucket: 'files', key: 'a.webp' };
    expect(await lookAt(ours, object)).toBeNull();
    objectByPath.set('/files/a.webp', bytes);
    expect(await lookAt(ours, object)).toEqual({ contentType: 'image/webp', bytes: bytes.byteLength, animated });
    objectByPath.set('/files/a.webp', Buffer.from('%PDF-1.4 and what belongs to it'));
    expect(await lookAt(ours, object)).toBeNull();
    objectByPath.clear();
    await close();
  });

  it('is not asked for a while after it gave no answer', async () => {
    const buckets = await open({ tenants: ['ours'], endpoint, serviceAccount: account });
    let calls = 0;
    const http: Http = async () => {
      calls += 1;
      return await Promise.resolve({ kind: 'no_answer', reason: 'timeout', durationMs: 2_000 });
    };
    const lookAt = createLookAtObject({ buckets, http, clock });
    for (let at = 0; at < 3; at += 1) expect(await lookAt(ours, { bucket: 'files', key: `${at}.webp` })).toBeNull();
    expect(calls).toBe(1);
    clock.nowMs += 10_000;
    await lookAt(ours, { bucket: 'files', key: 'a.webp' });
    expect(calls).toBe(2);
  });

  it('takes the key from a file, and says which bucket’s is none', async () => {
    const serviceAccountFile = join(folder, 'key.json');
    const bucket = { tenants: ['ours'], endpoint, serviceAccountFile };
    await expect(open(bucket)).rejects.toThrow('the key of the bucket "files" cannot be read');
    await writeFile(serviceAccountFile, JSON.stringify({ ...account, private_key: 'a secret' }));
    await expect(open(bucket)).rejects.toThrow(
      /^POSTHORN_BUCKETS: the file of the bucket "files" is no key((?!a secret).)*$/u,
    );
    await writeFile(serviceAccountFile, JSON.stringify(account));
    const buckets = await open(bucket);
    expect(await read(await buckets.toUrl(ours, { bucket: 'files', key: 'a' }, 1000))).toBe('200 /files/a');
  });

  it('refuses settings that name no key, two, or one that is none, and shows nothing of it', () => {
    for (const wrong of [
      { tenants: ['ours'], serviceAccount: account, serviceAccountFile: 'x' },
      { tenants: ['ours'], serviceAccount: { ...account, private_key: 'a secret' } },
      { tenants: ['ours'], serviceAccount: account, accessKeyId: 'x', secretAccessKey: 'a secret' },
    ]) {
      const parsed = bucketsSchema.safeParse(JSON.stringify({ files: wrong }));
      expect(parsed.success).toBe(false);
      expect(String(parsed.error)).not.toContain('a secret');
    }
  });
});
