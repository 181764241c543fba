import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { externalIdSchema, providerIdSchema, toInboundId } from '@posthorn/message';
import { createFileErrands, createQueues, mediaQueue } from '@posthorn/queue';
import { ulid } from 'ulid';
import { z } from 'zod';
import { startTestIngress, type TestIngress } from '../testing/start-test-ingress.ts';

const photo = Buffer.from('a photo of Ann'.repeat(1000));
const sha256 = createHash('sha256').update(photo).digest();
const provider = providerIdSchema.parse('whatsapp-cloud');

/** The Graph API and Meta's file server: one file, whose address must be asked for. */
describe('files that people sent', () => {
  let server: Server;
  let ingress: TestIngress;
  let asked: string[];
  let addressesLeft: number;
  let told: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://x');
      asked.push(`${url.pathname} ${request.headers.authorization}`);
      if (url.pathname === '/file') {
        addressesLeft -= 1;
        response.writeHead(addressesLeft < 0 ? 200 : 404, { 'content-type': 'image/jpeg' }).end(photo);
      } else if (url.pathname === '/v25.0/1011' && url.searchParams.get('phone_number_id') === '106540352242922') {
        const found = { url: `http://${request.headers.host}/file`, mime_type: 'image/jpeg', sha256: told };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found));
      } else {
        response
          .writeHead(400, { 'content-type': 'application/json' })
          .end('{"error":{"code":100,"message":"no object"}}');
      }
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    ingress = await startTestIngress({ providerUrl: `http://127.0.0.1:${port}` });
  });
  afterAll(async () => {
    await ingress.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    asked = [];
    addressesLeft = 0;
    told = sha256.toString('hex');
  });
  const received = async (mediaId = '1011', digest = sha256.toString('base64')) => {
    const id = toInboundId(ingress.ours, ulid());
    await ingress.ledger.receive({ id: ingress.ours, provider }, id, {
      externalId: externalIdSchema.parse(`wamid.${ulid()}`),
      from: '+15550001111',
      sentAt: new Date().toISOString(),
      receivedAt: new Date().toISOString(),
      content: { type: 'image', media: { id: mediaId, mimeType: 'image/jpeg', sha256: digest } },
    });
    return id;
  };
  const get = async (path: string) =>
    await fetch(`${ingress.url}${path}`, { headers: { authorization: `Bearer ${ingress.key}` } });

  it('come from the provider with the channel’s own token: looked up, then streamed', async () => {
    const id = await received();
    for (const path of [
      `/v1/inbound/${id}/media`,
      `/v1/channels/${ingress.ours}/media/1011`,
      '/client/getMedia?id=1011',
      `/client/getMedia?id=${id}`,
    ]) {
      asked = [];
      const answer = await get(path);
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 200, 'image/jpeg']);
      expect(Buffer.from(await answer.arrayBuffer()).equals(photo)).toBe(true);
      expect(asked).toEqual(['/v25.0/1011 Bearer EAAtoken', '/file Bearer EAAtoken']);
    }
  });

  it('are looked up once more when their address is too old', async () => {
    addressesLeft = 1;
    const answer = await get(`/v1/inbound/${await received()}/media`);
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
    expect(asked).toHaveLength(4);
  });

  it('are gone when the provider has them no more, and there for no other tenant', async () => {
    const gone = await received('999');
    expect((await ingress.call('GET', `/v1/inbound/${gone}/media`)).body).toMatchObject({
      status: 410,
      code: 'media_gone',
    });
    expect((await ingress.call('GET', '/client/getMedia?id=999')).status).toBe(410);
    expect((await ingress.call('GET', `/v1/channels/${ingress.theirs}/media/1011`)).status).toBe(404);
    expect((await ingress.call('GET', '/client/getMedia?id=1011', undefined, { authorization: '' })).status).toBe(401);
  });

  it('never look whole when they are not what was announced', async () => {
    const answer = await get(`/v1/inbound/${await received('1011', Buffer.alloc(32).toString('base64'))}/media`);
    // A small one has not begun to go out; of a larger one the end stays out.
    expect([answer.status, await answer.json()]).toMatchObject([502, { code: 'file_altered' }]);
  });

  it('are posted to a destination by a job of their own', async () => {
    const inboundId = await received();
    const answer = await ingress.call('POST', '/v1/media-deliveries', {
      inboundId,
      destination: { url: 'http://127.0.0.1:9/take', headers: { authorization: 'Bearer theirs' } },
      callbackData: 'case 7',
    });
    expect(answer.status).toBe(202);
    const { id } = z.object({ id: z.string() }).parse(answer.body);
    const queues = createQueues(ingress.redis);
    expect((await queues.open(mediaQueue(provider)).getJob(id))?.data).toEqual({ v: 1, id, channelId: ingress.ours });
    expect(
      await createFileErrands({ redis: ingress.redis, queues, sealer: ingress.sealer }).open(provider, id),
    ).toMatchObject({
      inboundId,
      media: { id: '1011' },
      target: { kind: 'destination', headers: { authorization: 'Bearer theirs' } },
      callbackData: 'case 7',
    });
    await queues.open(mediaQueue(provider)).obliterate({ force: true });
    await queues.close();
  });

  it.each([
    [
      'a private address',
      { inboundId: 'in_x_01JD8T0Z5R4YV3W2X1Q0P9N8M7', destination: { url: 'http://10.0.0.1/' } },
      422,
      '/destination/url',
    ],
    ['neither message nor file', { destination: { url: 'https://a.test/' } }, 422, ''],
    [
      'a header that is not theirs to set',
      {
        inboundId: 'in_x_01JD8T0Z5R4YV3W2X1Q0P9N8M7',
        destination: { url: 'https://a.test/', headers: { 'content-length': '1' } },
      },
      422,
      '',
    ],
  ])('refuses a delivery with %s', async (_name, body, status, pointer) => {
    const answer = await ingress.call('POST', '/v1/media-deliveries', body);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(pointer);
  });
});
