import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Channel } from '@posthorn/channel';
import { messageIdSchema, recipientSchema, toMessageId, type MessageId } from '@posthorn/message';
import { createWorkerBeats } from '@posthorn/queue';
import { systemClock } from '@posthorn/runtime';
import { ulid } from 'ulid';
import { z } from 'zod';
import type { Fleet } from './fleet.ts';
import { call, startFleet } from './fleet.ts';

const channelCount = 12;
const messagesEach = 8;

let fleet: Fleet;
let channels: readonly Channel[];
beforeAll(async () => {
  fleet = await startFleet({
    workers: 3,
    env: { POSTHORN_LOCK_MS: '1000', POSTHORN_STALLED_INTERVAL_MS: '500', POSTHORN_HEAD_IDLE_MS: '2000' },
    timing: { answerMs: 50, sentMs: 1, deliveredMs: 1, readMs: 1 },
  });
  channels = await Promise.all(Array.from({ length: channelCount }, addChannel));
});
afterAll(async () => {
  await fleet.close();
});

async function addChannel(_: unknown, at: number): Promise<Channel> {
  const account = {
    wabaId: '102290129340398',
    accessToken: `EAA${randomBytes(20).toString('hex')}`,
    appSecret: randomBytes(16).toString('hex'),
  };
  const phoneNumberId = String(200_000_000_000_000 + at);
  const verifyToken = randomBytes(8).toString('hex');
  const channel = await fleet.putChannel({
    id: `place-${at}`,
    provider: 'whatsapp-cloud',
    pacePerSecond: 80,
    settings: { phoneNumberId, ...account, verifyToken, baseUrl: fleet.sandbox.url },
  });
  await call(`${fleet.sandbox.url}/_sandbox/whatsapp-cloud/accounts/${phoneNumberId}`, 'PUT', {
    ...account,
    displayPhoneNumber: '15551230000',
    appId: '1',
    pacePerSecond: null,
    webhook: { url: `${fleet.ingress.url}/webhooks/whatsapp-cloud/${channel.id}`, verifyToken },
  });
  return channel;
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + 120_000;
  while (!(await look())) {
    if (Date.now() > giveUp) throw new Error(`waited 120 s in vain: ${what}`);
    await delay(400);
  }
}

/** The processes that serve each channel, by their own signs of life. */
async function servers(): Promise<readonly (readonly string[])[]> {
  const beats = createWorkerBeats({ redis: fleet.redis, now: systemClock.now });
  return (await Promise.all(channels.map(async ({ id }) => await beats.of(id)))).map(({ names }) => names);
}

let recipients = 0;

/** Each to a recipient of its own: nothing waits behind a message that is held for the worker that died with it. */
async function accept(): Promise<{ readonly channel: Channel; readonly id: MessageId }[]> {
  return await Promise.all(
    channels.flatMap((channel) =>
      Array.from({ length: messagesEach }, async () => {
        recipients += 1;
        const id = toMessageId(channel.id, ulid());
        await fleet.ledger.accept(channel, {
          id,
          tenantId: channel.tenantId,
          lane: 'normal',
          ordered: true,
          sealed: {
            to: recipientSchema.parse(`+1555${1_000_000 + recipients}`),
            content: { type: 'text', body: 'Hello' },
          },
          sendAt: null,
          expiresAt: null,
          traceparent: null,
        });
        return { channel, id };
      }),
    ),
  );
}

async function statuses(sent: Awaited<ReturnType<typeof accept>>): Promise<readonly string[]> {
  return await Promise.all(
    sent.map(async ({ channel, id }) => (await fleet.ledger.get(channel, id))?.message.status ?? 'lost'),
  );
}

async function idsSentTwice(): Promise<readonly MessageId[]> {
  const counts = await call(`${fleet.sandbox.url}/_sandbox/counts?by=callbackData&minCalls=2`, 'GET');
  return Object.keys(z.record(z.string(), z.unknown()).parse(counts)).map((id) => messageIdSchema.parse(id));
}

describe('12 channels on three workers', () => {
  it('are served by two each; one is killed, and those that stay serve all of them', async () => {
    await until('two for each', async () => (await servers()).every(({ length }) => length === 2));
    const all = new Set((await servers()).flat());
    expect(all.size).toBe(3);
    const before = await accept();
    await until('some to be out', async () => (await statuses(before)).includes('read'));
    const [killed] = fleet.workers;
    await killed?.kill();
    const killedName = [...all].find((name) => name.includes(`-${killed?.pid}-`));
    const after = await accept();
    await until('the others serve all', async () =>
      (await servers()).every((names) => names.filter((name) => name !== killedName).length === 2),
    );
    const sent = [...before, ...after];
    await until('all are out, or held for the one that died with them', async () =>
      (await statuses(sent)).every((status) => status === 'read' || status === 'held'),
    );
    // Whoever was not with the dead one: by far the most.
    expect((await statuses(after)).filter((status) => status === 'held').length).toBeLessThan(after.length / 2);
    expect(await idsSentTwice()).toEqual([]);
  });

  it('give their share to one that joins, and lose and double nothing by it', async () => {
    const before = await accept();
    const joined = await fleet.startWorker();
    const after = await accept();
    await until('it serves its share, and the others have let go of it', async () => {
      const found = await servers();
      return found.flat().some((name) => name.includes(`-${joined.pid}-`)) && found.every(({ length }) => length === 2);
    });
    const sent = [...before, ...after, ...(await accept())];
    await until('all are read', async () => (await statuses(sent)).every((status) => status === 'read'));
    expect(await idsSentTwice()).toEqual([]);
  });
});
