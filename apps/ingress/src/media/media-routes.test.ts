import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mediaIdSchema } from '@posthorn/message';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { createSignedLinks } from '@posthorn/media';
import { z } from 'zod';
import { startTestIngress, type TestIngress } from '../testing/start-test-ingress.ts';

const jpeg = Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), randomBytes(5000)]);
type Body = string | Uint8Array<ArrayBuffer> | FormData;
const mediumSchema = z.object({ id: mediaIdSchema, bytes: z.number(), links: z.object({ content: z.string() }) });

describe('files over HTTP', () => {
  let ingress: TestIngress;
  let other: TestIngress;
  let mediaDir: string;
  const key = randomBytes(32).toString('base64');
  let nowMs = Date.now();
  const links = createSignedLinks({
    sealer: createSealer(parseKeyRing(`k1:${key}`, key)),
    clock: { now: () => nowMs },
  });
  const headers = () => ({ authorization: `Bearer ${ingress.key}` });
  const upload = async (body: Body, contentType: string | null, query = '') =>
    await fetch(`${ingress.url}/v1/media${query}`, {
      method: 'POST',
      headers: { ...headers(), ...(contentType !== null && { 'content-type': contentType }) },
      body,
    });
  const uploaded = async (body: Body = jpeg, contentType: string | null = 'image/jpeg', query = '') =>
    mediumSchema.parse(await (await upload(body, contentType, query)).json());

  beforeAll(async () => {
    mediaDir = await mkdtemp(join(tmpdir(), 'posthorn-media-'));
    ingress = await startTestIngress({ key, mediaDir, limits: { requestTimeoutMs: 2500 } });
    other = await startTestIngress({ key, mediaDir });
  });
  afterAll(async () => {
    await ingress.close();
    await other.close();
    await rm(mediaDir, { recursive: true });
  });

  it('takes a file as it is, shows it, gives it back, and deletes it', async () => {
    const answer = await upload(jpeg, 'image/jpeg', '?filename=Z%C3%BCrich.jpg&ttlSeconds=3600');
    expect(answer.status).toBe(201);
    const shown: unknown = await answer.json();
    const medium = mediumSchema.parse(shown);
    expect(shown).toMatchObject({ contentType: 'image/jpeg', bytes: jpeg.byteLength, filename: 'Zürich.jpg' });
    expect(answer.headers.get('location')).toBe(`/v1/media/${medium.id}`);
    expect((await ingress.call('GET', `/v1/media/${medium.id}`)).body).toEqual(shown);
    const content = await fetch(`${ingress.url}${medium.links.content}`, { headers: headers() });
    expect(Buffer.from(await content.arrayBuffer()).equals(jpeg)).toBe(true);
    expect(Object.fromEntries(content.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'content-disposition': "inline; filename*=UTF-8''Z%C3%BCrich.jpg",
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    });
    expect((await ingress.call('DELETE', `/v1/media/${medium.id}`)).status).toBe(204);
    expect((await ingress.call('GET', `/v1/media/${medium.id}`)).status).toBe(404);
    expect((await ingress.call('DELETE', `/v1/media/${medium.id}`)).status).toBe(404);
  });

  it('takes a file in a form', async () => {
    const form = new FormData();
    form.set('note', 'ignored');
    form.set('file', new Blob([jpeg], { type: 'image/jpeg' }), 'a.jpg');
    const medium = await uploaded(form, null);
    expect(medium.bytes).toBe(jpeg.byteLength);
    const empty = new FormData();
    empty.set('note', 'no file');
    expect(await (await upload(empty, null)).json()).toMatchObject({ code: 'file_refused', status: 422 });
  });

  it.each([
    ['a type that nobody takes', jpeg, 'text/html', 415, 'unsupported_media_type'],
    ['no type, where the content tells none', 'hello', 'application/octet-stream', 415, 'unsupported_media_type'],
    ['another type than it says', jpeg, 'image/png', 422, 'file_refused'],
    ['nothing', '', 'image/png', 422, 'file_refused'],
  ])('refuses %s', async (_name, body, contentType, status, code) => {
    const answer = await upload(body, contentType);
    expect([answer.status, await answer.json()]).toMatchObject([status, { code }]);
  });

  it.each([
    ['does not move, of 100 KB', 'VP8 ', 0, 100 * 1024, 202],
    ['does not move, a byte larger', 'VP8 ', 0, 100 * 1024 + 1, 422],
    ['could move and does not, a byte larger', 'VP8X', 0b0001_0000, 100 * 1024 + 1, 422],
    ['moves, of 500 KB', 'VP8X', 0b0000_0010, 500 * 1024, 202],
    ['moves, a byte larger', 'VP8X', 0b0000_0010, 500 * 1024 + 1, 422],
  ] as const)('lets a sticker go by what it is: %s', async (_name, chunk, flags, bytes, status) => {
    const head = Buffer.concat([Buffer.from(`RIFF\0\0\0\0WEBP${chunk}\n\0\0\0`), Buffer.of(flags)]);
    const { id } = await uploaded(Buffer.concat([head, Buffer.alloc(bytes - head.byteLength)]), 'image/webp');
    const content = { type: 'sticker', media: { id } };
    const answer = await ingress.call('POST', '/v1/messages', { channelId: ingress.ours, to: '+15550001111', content });
    expect(answer.status).toBe(status);
    if (status === 422)
      expect(answer.body).toMatchObject({
        errors: [{ pointer: '/content/media', detail: expect.stringContaining(`came ${bytes}`) }],
      });
  });

  it('takes 100 MB, streamed, and not one byte more', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'a');
    const stream = (chunks: number, more: string) =>
      ReadableStream.from(
        (function* give() {
          for (let at = 0; at < chunks; at += 1) yield chunk;
          if (more !== '') yield Buffer.from(more);
        })(),
      );
    const send = async (body: ReadableStream) =>
      await fetch(`${ingress.url}/v1/media`, {
        method: 'POST',
        headers: { ...headers(), 'content-type': 'text/plain' },
        body,
        duplex: 'half',
      });
    const fits = await send(stream(100, ''));
    expect([fits.status, await fits.json()]).toMatchObject([201, { bytes: 100 * 1024 * 1024 }]);
    const announced = await ingress.call('POST', '/v1/media', 'x', { 'content-type': 'text/plain' });
    expect(announced.status).toBe(201);
    const over = await send(stream(100, 'a')).catch((error: unknown) => error);
    // Refused while it was still sending, a caller may see its connection end before the answer.
    if (over instanceof Response) expect(over.status).toBe(413);
  });

  it('says 413 before the file when it announces too much, and 408 when it stops coming', async () => {
    const raw = async (length: number) => {
      const socket = connect(Number(new URL(ingress.url).port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write(
        `POST /v1/media HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ingress.key}\r\ncontent-type: image/jpeg\r\ncontent-length: ${length}\r\n\r\nabc`,
      );
      return await text(socket);
    };
    expect(await raw(100 * 1024 * 1024 + 1)).toMatch(/^HTTP\/1\.1 413 /u);
    expect(await raw(100)).toMatch(/^HTTP\/1\.1 408 /u);
  });

  it('needs a key, and shows a tenant nothing of another', async () => {
    const medium = await uploaded();
    const plain = await fetch(`${ingress.url}${medium.links.content}`);
    expect(plain.status).toBe(401);
    await ingress.redis.hset(`posthorn:{media}:m:${medium.id}`, 't', 'theirs');
    for (const path of ['', '/content'])
      expect((await ingress.call('GET', `/v1/media/${medium.id}${path}`)).status).toBe(404);
    expect((await ingress.call('DELETE', `/v1/media/${medium.id}`)).status).toBe(404);
  });

  it.each(['/media/', '/ours/imchannel/getImageMessage/'])(
    'a link under %s: HEAD at one copy, GET at another',
    async (path) => {
      for (const [body, type] of [
        [jpeg, 'image/jpeg'],
        [Buffer.from('%PDF-1.7 and so on'), 'application/pdf'],
        [Buffer.concat([Buffer.from('fffb9064', 'hex'), Buffer.alloc(2000)]), 'audio/mpeg'],
      ] as const) {
        const address = `${path}${links.toToken((await uploaded(body, type)).id, 86_400_000)}`;
        const head = await fetch(`${ingress.url}${address}`, { method: 'HEAD' });
        const got = await fetch(`${other.url}${address}`);
        expect([head.status, got.status]).toEqual([200, 200]);
        for (const name of ['content-type', 'content-length'])
          expect(head.headers.get(name)).toBe(got.headers.get(name));
        expect(head.headers.get('content-type')).toBe(type);
        expect((await head.arrayBuffer()).byteLength).toBe(0);
        expect(Buffer.from(await got.arrayBuffer()).equals(body)).toBe(true);
      }
    },
  );

  it('gives single parts, and says when there is no such part', async () => {
    const url = `${ingress.url}/media/${links.toToken((await uploaded()).id, 60_000)}`;
    const part = await fetch(url, { headers: { range: 'bytes=10-19' } });
    expect([part.status, part.headers.get('content-range'), part.headers.get('content-length')]).toEqual([
      206,
      `bytes 10-19/${jpeg.byteLength}`,
      '10',
    ]);
    expect(Buffer.from(await part.arrayBuffer()).equals(jpeg.subarray(10, 20))).toBe(true);
    const outside = await fetch(url, { headers: { range: `bytes=${jpeg.byteLength}-` } });
    expect([outside.status, outside.headers.get('content-range')]).toEqual([416, `bytes */${jpeg.byteLength}`]);
    expect(outside.headers.get('content-type')).toMatch(/^application\/problem\+json/u);
    expect(await outside.json()).toMatchObject({ status: 416, code: 'range_not_satisfiable' });
    const asked = await fetch(url, { method: 'HEAD', headers: { range: `bytes=${jpeg.byteLength}-` } });
    expect([asked.status, await asked.text()]).toEqual([416, '']);
    const changed = await fetch(url, { headers: { range: 'bytes=10-19', 'if-range': '"another"' } });
    expect(changed.status).toBe(200);
    await changed.arrayBuffer();
  });

  it('answers alike for links that are wrong, of another tenant, or of a file that is gone; 410 when they ended', async () => {
    const { id } = await uploaded();
    const token = links.toToken(id, 60_000);
    nowMs -= 120_000;
    const ended = links.toToken(id, 60_000);
    nowMs += 120_000;
    expect((await ingress.call('GET', `/media/${ended}`)).status).toBe(410);
    await ingress.call('DELETE', `/v1/media/${id}`);
    const answers = await Promise.all(
      [
        `/media/${token}`,
        `/media/${token.slice(0, -1)}-`,
        '/media/..%2f..%2fetc%2fpasswd',
        `/theirs/imchannel/getImageMessage/${links.toToken((await uploaded()).id, 60_000)}`,
      ].map(async (path) => await ingress.call('GET', path, undefined, { authorization: '' })),
    );
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    const bodies = answers.map(({ body }) => ({ ...z.looseObject({}).parse(body), instance: '' }));
    for (const body of bodies) expect(body).toEqual(bodies[0]);
  });
});
