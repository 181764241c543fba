import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventView } from '@posthorn/ledger';
import { externalIdSchema, messageIdSchema, providerIdSchema, toInboundId, toMessageId } from '@posthorn/message';
import { z } from 'zod';
import { startTestIngress, type TestIngress } from './testing/start-test-ingress.ts';
import type { Answer } from './testing/test-answer.ts';

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startTestIngress();
});
afterAll(() => ingress.close());

const provider = providerIdSchema.parse('whatsapp-cloud');
const anUlid = '01JD8T0Z5R4YV3W2X1Q0P9N8M7';
const get = async (path: string): Promise<Answer> => await ingress.call('GET', path);

async function send(changes: Readonly<Record<string, unknown>> = {}) {
  const answer = await ingress.call('POST', '/v1/messages', ingress.request(changes));
  return z.object({ id: messageIdSchema }).parse(answer.body).id;
}

/** What a worker does with a message. */
async function submitted(id: z.infer<typeof messageIdSchema>, externalId: string): Promise<void> {
  const activation = { channel: { id: ingress.ours, provider }, messageId: id, generation: 1 };
  const claim = await ingress.ledger.claim(activation, null);
  if (claim.kind !== 'go') throw new Error(`expected to send, got ${claim.kind}`);
  await ingress.ledger.record(
    activation,
    claim.token,
    { kind: 'done', externalId: externalIdSchema.parse(externalId) },
    { attempt: claim.attempt, durationMs: 12 },
  );
}

describe('a message', () => {
  it('is shown with what was asked for and what happened', async () => {
    const to = '+15550100001';
    const id = await send({ to, callbackData: 'order 7', sendAt: '2020-01-01T00:00:00Z' });
    await submitted(id, 'wamid.1');
    await ingress.ledger.status(
      { id: ingress.ours, provider },
      {
        externalId: externalIdSchema.parse('wamid.1'),
        messageId: null,
        status: 'delivered',
        atMs: Date.parse('2026-11-24T16:00:00Z'),
      },
    );
    const { body } = await get(`/v1/messages/${id}`);
    expect(body).toMatchObject({
      id,
      channelId: ingress.ours,
      status: 'delivered',
      to,
      content: { type: 'text', body: 'hi' },
      callbackData: 'order 7',
      priority: 'normal',
      attempts: 1,
      provider: { name: 'whatsapp-cloud', id: 'wamid.1', status: 'delivered', answer: { durationMs: 12 } },
      waitsFor: null,
      acceptedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/u),
    });
    const { timeline } = z.object({ timeline: z.array(z.object({ what: z.string() })) }).parse(body);
    expect(timeline.length).toBeGreaterThanOrEqual(3);
  });

  it('tells what it waits for', async () => {
    const to = '+15550100002';
    const first = await send({ to });
    const second = await send({ to });
    expect((await get(`/v1/messages/${second}`)).body).toMatchObject({
      waitsFor: { kind: 'predecessor', messageId: first },
    });
    const later = await send({
      to: '+15550100003',
      sendAt: new Date(performance.timeOrigin + 3_600_000).toISOString(),
    });
    expect((await get(`/v1/messages/${later}`)).body).toMatchObject({
      waitsFor: { kind: 'its_time', until: expect.stringMatching(/Z$/u) },
    });
  });

  it("is not there alike when it does not exist, is another tenant's, or cannot be an id", async () => {
    const theirId = toMessageId(ingress.theirs, anUlid);
    const { messageId: _none, ...answers } = {
      messageId: null,
      unknown: await get(`/v1/messages/${toMessageId(ingress.ours, anUlid)}`),
      theirs: await get(`/v1/messages/${theirId}`),
      noId: await get('/v1/messages/7'),
      cancelled: await ingress.call('DELETE', `/v1/messages/${theirId}`),
      inbound: await get(`/v1/inbound/${toInboundId(ingress.theirs, anUlid)}`),
      channel: await get(`/v1/channels/${ingress.theirs}`),
      events: await get(`/v1/channels/${ingress.theirs}/events`),
      list: await get(`/v1/messages?channelId=${ingress.theirs}`),
      nowhere: await get('/v1/nowhere'),
    };
    for (const answer of Object.values(answers)) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'not_found', title: 'There is nothing here' } });
    }
  });
});

describe('cancelling', () => {
  it('works while the message waits, and again', async () => {
    const id = await send({ to: '+15550100004' });
    expect(await ingress.call('DELETE', `/v1/messages/${id}`)).toMatchObject({
      status: 200,
      body: { id, status: 'cancelled' },
    });
    expect((await get(`/v1/messages/${id}`)).body).toMatchObject({ status: 'cancelled' });
    expect((await ingress.call('DELETE', `/v1/messages/${id}`)).status).toBe(200);
  });

  it('is too late once the provider has it', async () => {
    const id = await send({ to: '+15550100005' });
    await submitted(id, 'wamid.5');
    expect(await ingress.call('DELETE', `/v1/messages/${id}`)).toMatchObject({
      status: 409,
      body: { code: 'too_late' },
    });
  });

  it('finds nothing to cancel under an unknown id', async () => {
    expect((await ingress.call('DELETE', `/v1/messages/${toMessageId(ingress.ours, anUlid)}`)).status).toBe(404);
  });
});

describe('the list of messages', () => {
  const pageSchema = z.object({
    messages: z.array(z.object({ id: z.string() })),
    links: z.object({ next: z.string().nullable() }),
  });

  it('gives each message once, newest first, page by page', async () => {
    const sent: string[] = [];
    for (let count = 0; count < 5; count += 1) sent.push(await send({ to: '+15550100006' }));
    const seen: string[] = [];
    let path: string | null = `/v1/messages?channelId=${ingress.ours}&recipient=%2B15550100006&limit=2`;
    let pages = 0;
    while (path !== null) {
      const page = pageSchema.parse((await get(path)).body);
      seen.push(...page.messages.map(({ id }) => id));
      pages += 1;
      path = page.links.next;
    }
    expect(seen).toEqual(sent.toReversed());
    expect(pages).toBe(3);
  });

  it('finds a message by the id it has at the provider', async () => {
    const id = await send({ to: '+15550100007' });
    await submitted(id, 'wamid.7');
    const found = pageSchema.parse((await get(`/v1/messages?channelId=${ingress.ours}&providerId=wamid.7`)).body);
    expect(found.messages.map((message) => message.id)).toEqual([id]);
  });

  it('understands a plus sign that was not escaped', async () => {
    const id = await send({ to: '+15550100008' });
    const found = pageSchema.parse((await get(`/v1/messages?channelId=${ingress.ours}&recipient=+15550100008`)).body);
    expect(found.messages.map((message) => message.id)).toEqual([id]);
  });

  it.each([
    ['no channel', '', /channelId/u],
    ['a bad number', 'channelId=x&recipient=12', /recipient: expected a phone number/u],
    ['a bad limit', 'channelId=x&limit=0', /limit/u],
    ['an unknown field', 'channelId=x&chanel=1', /chanel/u],
  ])('refuses %s', async (_name, query, detail) => {
    const answer = await get(`/v1/messages?${query}`);
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'invalid_query', detail: expect.stringMatching(detail) },
    });
  });
});

describe('channels', () => {
  it('are shown without their settings, and only your own', async () => {
    const { body, text } = await get('/v1/channels');
    expect(body).toMatchObject({
      channels: [{ id: ingress.ours, provider: 'whatsapp-cloud', name: 'ours', labels: { team: 'support' } }],
    });
    expect(text).not.toMatch(/EAAtoken|theirs/u);
    expect((await get(`/v1/channels/${ingress.ours}`)).text).not.toContain('EAAtoken');
  });

  it('tell what happened, to be read on from where one was', async () => {
    const channel = { id: ingress.ours, provider };
    const listSchema = z.object({
      events: z.array(
        z.object({
          position: z.string(),
          type: z.string(),
          timestamp: z.string(),
          data: z.looseObject({ channel: z.looseObject({ labels: z.record(z.string(), z.string()) }) }),
        }),
      ),
      links: z.object({ next: z.string() }),
    });
    const last: EventView | undefined = (await ingress.ledger.events(channel, { limit: 1000 })).at(-1);
    const id = await send({ to: '+15550100009', callbackData: 'mine' });
    const inboundId = toInboundId(ingress.ours, '01JD8T0Z5R4YV3W2X1Q0P9N8M8');
    await ingress.ledger.receive(channel, inboundId, {
      externalId: externalIdSchema.parse('wamid.in'),
      from: '+15550100009',
      sentAt: '2026-11-24T16:00:00.000Z',
      receivedAt: '2026-11-24T16:00:01.000Z',
      content: { type: 'text', text: 'hello' },
    });
    await ingress.ledger.note(channel, 'channel.news', 'news-1', { topic: 'quality' });
    const start = `/v1/channels/${ingress.ours}/events?after=${last?.position ?? '0-0'}`;
    const first = await get(start);
    const { events, links } = listSchema.parse(first.body);
    expect(events.map(({ type }) => type)).toEqual(['message.accepted', 'message.received', 'channel.news']);
    expect(events[0]).toMatchObject({ data: { message: { id, callbackData: 'mine' }, channel: { id: ingress.ours } } });
    expect(events[1]).toMatchObject({ data: { message: { id: inboundId, content: { text: 'hello' } } } });
    expect((await get(`/v1/inbound/${inboundId}`)).body).toMatchObject({
      from: '+15550100009',
      content: { text: 'hello' },
    });
    const rest = listSchema.parse((await get(links.next)).body);
    expect(rest.events).toEqual([]);
    expect(rest.links.next).toBe(links.next);
  });
});
