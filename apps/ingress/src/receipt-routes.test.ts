import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { externalIdSchema, providerIdSchema, toInboundId } from '@posthorn/message';
import { createQueues, taskQueue, type Queues } from '@posthorn/queue';
import { ulid } from 'ulid';
import { z } from 'zod';
import { startTestIngress, type TestIngress } from './testing/start-test-ingress.ts';

const provider = providerIdSchema.parse('whatsapp-cloud');
let ingress: TestIngress;
let queues: Queues;
beforeAll(async () => {
  ingress = await startTestIngress();
  queues = createQueues(ingress.redis);
});
afterAll(async () => {
  await queues.close();
  await ingress.close();
});

async function received(to: TestIngress = ingress): Promise<string> {
  const id = toInboundId(to.ours, ulid());
  const time = '2026-11-01T00:00:00.000Z';
  await to.ledger.receive({ id: to.ours, provider }, id, {
    externalId: externalIdSchema.parse(`wamid.${id}`),
    from: '+15550001111',
    sentAt: time,
    receivedAt: time,
    content: { type: 'text', text: 'hi' },
  });
  return id;
}

describe('read receipts and typing', () => {
  it('are planned once each, with a pointer only', async () => {
    const id = await received();
    for (const body of [undefined, {}, { typing: true }, { typing: true }]) {
      const answer = await ingress.call('POST', `/v1/inbound/${id}/read`, body);
      expect(answer).toMatchObject({ status: 202, body: { id, status: 'accepted' } });
    }
    const jobs = await queues.open(taskQueue(provider)).getWaiting();
    const ours = jobs.filter((job) => job.id?.endsWith(id) === true).map((job) => z.unknown().parse(job.data));
    expect(ours).toHaveLength(2);
    expect(ours).toEqual(
      expect.arrayContaining(
        ['read', 'typing'].map((kind) => ({
          v: 1,
          kind,
          channelId: ingress.ours,
          inboundId: id,
          askedAt: expect.any(Number),
        })),
      ),
    );
  });

  it('are of messages of one’s own only, which are there', async () => {
    const unknown = toInboundId(ingress.ours, ulid());
    const foreign = toInboundId(ingress.theirs, ulid());
    for (const id of [unknown, foreign])
      expect((await ingress.call('POST', `/v1/inbound/${id}/read`)).status).toBe(404);
  });

  it('are refused with words that help where the provider has none', async () => {
    const plain = await startTestIngress({ deps: { connect: () => null } });
    const answer = await plain.call('POST', `/v1/inbound/${await received(plain)}/read`);
    await plain.close();
    expect(answer).toMatchObject({
      status: 422,
      body: {
        code: 'not_supported',
        detail: expect.stringContaining('WhatsApp Cloud API has no call for read receipts'),
      },
    });
  });
});
