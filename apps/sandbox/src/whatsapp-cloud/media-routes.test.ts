import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { account, errorOf, phoneNumberId, startHook, startSandbox, token, webhookTo } from '../testing/start.ts';

const MB = 1024 * 1024;
const idOf = z.object({ id: z.string().regex(/^\d+$/) });
const lookedUp = z.strictObject({
  messaging_product: z.literal('whatsapp'),
  url: z.url(),
  mime_type: z.string(),
  sha256: z.string(),
  file_size: z.number(),
  id: z.string(),
});

const download = (url: string, bearer = token) => fetch(url, { headers: { authorization: `Bearer ${bearer}` } });

describe('whatsapp-cloud: media', () => {
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  let nowMs = 1_764_000_000_000;
  beforeEach(async () => {
    sandbox = await startSandbox({
      clock: { now: () => nowMs },
      accounts: [account(), account({ phoneNumberId: '2' }), account({ phoneNumberId: '3', accessToken: 'EAAthree' })],
    });
  });
  afterEach(() => sandbox.close());

  function upload(
    type: string,
    bytes: number,
    more: Record<string, string> = { messaging_product: 'whatsapp' },
    head = Buffer.alloc(0),
  ) {
    const form = new FormData();
    for (const [name, value] of Object.entries(more)) form.set(name, value);
    form.set('type', type);
    form.set('file', new Blob([head, new Uint8Array(bytes - head.length)], { type }), 'a');
    return sandbox.asMeta('POST', `/v25.0/${phoneNumberId}/media`, form);
  }

  it('uploads, looks up, downloads, sends and deletes a file', async () => {
    const { id } = idOf.parse((await upload('image/png', 10)).body);
    const found = lookedUp.parse((await sandbox.asMeta('GET', `/v25.0/${id}?phone_number_id=${phoneNumberId}`)).body);
    expect(found).toMatchObject({ id, mime_type: 'image/png', file_size: 10 });
    expect(found.sha256).toBe(createHash('sha256').update(new Uint8Array(10)).digest('hex'));
    const file = await download(found.url);
    expect([file.status, file.headers.get('content-type'), (await file.arrayBuffer()).byteLength]).toEqual([
      200,
      'image/png',
      10,
    ]);
    expect((await sandbox.send({ type: 'image', image: { id } })).status).toBe(200);
    expect((await sandbox.asMeta('DELETE', `/v25.0/${id}`)).body).toEqual({ success: true });
    expect((await sandbox.asMeta('GET', `/v25.0/${id}`)).status).toBe(400);
  });

  it('hands out URLs for five minutes, and only with the token', async () => {
    const { id } = idOf.parse((await upload('image/png', 1)).body);
    const { url } = lookedUp.parse((await sandbox.asMeta('GET', `/v25.0/${id}`)).body);
    expect((await download(url, 'EAAthree')).status).toBe(401);
    nowMs += 299_999;
    expect((await download(url)).status).toBe(200);
    nowMs += 1;
    expect((await download(url)).status).toBe(404);
  });

  it('refuses a file of another number', async () => {
    const { id } = idOf.parse((await upload('image/png', 1)).body);
    expect((await sandbox.asMeta('GET', `/v25.0/${id}?phone_number_id=2`)).status).toBe(400);
    expect((await sandbox.call('GET', `/v25.0/${id}`, undefined, { authorization: 'Bearer EAAthree' })).status).toBe(
      400,
    );
    const { text: _, ...image } = {
      messaging_product: 'whatsapp',
      to: '15550001111',
      type: 'image',
      image: { id },
      text: 0,
    };
    expect(errorOf.parse((await sandbox.asMeta('POST', '/v25.0/2/messages', image)).body).error.code).toBe(131009);
  });

  it.each([
    ['image/jpeg', 5 * MB],
    ['audio/ogg; codecs=opus', 16 * MB],
  ])('takes %s up to %d bytes', async (type, bytesMax) => {
    expect((await upload(type, bytesMax)).status).toBe(200);
    expect(errorOf.parse((await upload(type, bytesMax + 1)).body).error.code).toBe(131053);
  });

  it.each([
    ['VP8L', 0b10, 100 * 1024],
    ['VP8X', 0b1_0000, 100 * 1024],
    ['VP8X', 0b1_0010, 500 * 1024],
  ])('takes a sticker by whether it moves: %s with flags %d up to %d bytes', async (chunk, flags, bytesMax) => {
    const head = Buffer.concat([Buffer.from(`RIFF\0\0\0\0WEBP${chunk}\x0a\0\0\0`), Buffer.of(flags)]);
    expect((await upload('image/webp', bytesMax, undefined, head)).status).toBe(200);
    expect(errorOf.parse((await upload('image/webp', bytesMax + 1, undefined, head)).body).error.code).toBe(131053);
  });

  it('refuses types Meta does not list, and forms that lack a part', async () => {
    const wrong = errorOf.parse((await upload('image/gif', 1)).body).error;
    expect(wrong).toMatchObject({ code: 100, message: expect.stringContaining("Received file of type 'image/gif'") });
    expect(errorOf.parse((await upload('image/png', 1, {})).body).error.code).toBe(100);
    const json = await sandbox.asMeta('POST', `/v25.0/${phoneNumberId}/media`, {});
    expect(errorOf.parse(json.body).error.code).toBe(100);
  });

  it('fails a message later whose file is of another kind, or whose link cannot be fetched', async () => {
    const hook = await startHook();
    await sandbox.close();
    sandbox = await startSandbox({ accounts: [account({ webhook: webhookTo(hook) })] });
    const { id } = idOf.parse((await upload('image/png', 1)).body);
    await sandbox.send({ type: 'video', video: { id } });
    await sandbox.send({ type: 'image', image: { link: 'https://cdn.unreachable.example.test/a.jpg' } });
    await sandbox.send({ type: 'image', image: { link: 'https://wrong-type.example.test/a.jpg' } });
    await hook.until(() => hook.statuses().length >= 3);
    expect(hook.statuses().map(({ status, errors }) => [status, errors?.[0]?.code])).toEqual([
      ['failed', 131053],
      ['failed', 131052],
      ['failed', 131053],
    ]);
    await hook.close();
  });
});
