import { afterEach, describe, expect, it } from '@jest/globals';
import { messageIdSchema } from '@posthorn/message';
import type { MessageId } from '@posthorn/message';
import { sendQueue } from '@posthorn/queue';
import { z } from 'zod';
import type { Fleet } from './fleet.ts';
import { call, startFleet } from './fleet.ts';

const messages = 500;
const concurrency = 50;
const answer = z.object({ results: z.array(z.object({ id: messageIdSchema })) });
const stats = z.object({ accepted: z.number() });

let fleet: Fleet | null = null;
afterEach(async () => {
  await fleet?.close();
  fleet = null;
});

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + 40_000;
  while (!(await look())) {
    if (Date.now() > giveUp) throw new Error(`waited 40 s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function accept(open: Fleet): Promise<MessageId[]> {
  const batch = {
    messages: Array.from({ length: messages }, (_, at) => ({
      channelId: open.channelId,
      to: `+1555${1_000_000 + at}`,
      content: { type: 'text', body: `number ${at}` },
    })),
  };
  const reply = await call(`${open.ingress.url}/v1/messages/batch`, 'POST', batch, {
    authorization: `Bearer ${open.apiKey}`,
  });
  return answer.parse(reply).results.map(({ id }) => id);
}

/** How many messages are in each status, by the books. */
async function books(open: Fleet, ids: readonly MessageId[]): Promise<Map<string, number>> {
  const found = await Promise.all(
    ids.map(async (id) => (await open.ledger.get(open.channel, id))?.message.status ?? 'lost'),
  );
  return new Map(
    Object.entries(Object.groupBy(found, (status) => status)).map(([status, group]) => [status, group?.length ?? 0]),
  );
}

async function queueIsEmpty(open: Fleet): Promise<boolean> {
  const jobs = await open.queues
    .open(sendQueue(open.channel))
    .getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed');
  return Object.values(jobs).every((count) => count === 0);
}

describe('workers killed twice in the middle of 500 sends', () => {
  it('loses nothing and sends nothing twice; what may be out is held until its callback settles it', async () => {
    fleet = await startFleet({
      workers: 1,
      env: {
        POSTHORN_LOCK_MS: '1000',
        POSTHORN_STALLED_INTERVAL_MS: '500',
        POSTHORN_SEND_CONCURRENCY: String(concurrency),
      },
      timing: { answerMs: 100, sentMs: 1, deliveredMs: 1, readMs: 1 },
    });
    const open = fleet;
    const control = `${open.sandbox.url}/_sandbox`;
    await call(`${control}/callbacks/pause`, 'POST', {});
    const ids = await accept(open);
    expect(new Set(ids).size).toBe(messages);

    const taken = async (): Promise<number> => stats.parse(await call(`${control}/stats`, 'GET')).accepted;
    await until('a third of the messages to be sent', async () => (await taken()) > messages / 3);
    await open.workers[0]?.kill();
    const second = await open.startWorker();
    // The second one finds jobs of the first: they have been lost once, and are lost again now.
    await until('two thirds of the messages to be sent', async () => (await taken()) > (2 * messages) / 3);
    await second.kill();
    await open.startWorker();
    await until('the queue to be empty', async () => await queueIsEmpty(open));

    const before = await books(open, ids);
    expect((before.get('submitted') ?? 0) + (before.get('held') ?? 0)).toBe(messages);
    expect(before.get('held')).toBeGreaterThan(0);
    expect(before.get('held')).toBeLessThanOrEqual(2 * concurrency);
    const twice = await call(`${control}/counts?by=callbackData&minCalls=2`, 'GET');
    expect(twice).toEqual({});

    await call(`${control}/callbacks/resume`, 'POST', {});
    await until(
      'all that the provider took to be read',
      async () => (await books(open, ids)).get('read') === (await taken()),
    );
    const after = await books(open, ids);
    // A worker may have died after the intent and before the call: nobody can tell, so that one stays held.
    expect((after.get('read') ?? 0) + (after.get('held') ?? 0)).toBe(messages);
  }, 60_000);
});
