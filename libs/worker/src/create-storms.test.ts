import { describe, expect, it } from '@jest/globals';
import { channelIdSchema, providerIdSchema, toMessageId } from '@posthorn/message';
import type { FailureCode } from '@posthorn/outcome';
import { createMemoryLog } from '@posthorn/runtime';
import { createStorms } from './create-storms.ts';

const channel = { id: channelIdSchema.parse('support'), provider: providerIdSchema.parse('kernel') };

function storms(recipients = 3) {
  const did: string[] = [];
  let nowMs = 0;
  const { log, lines } = createMemoryLog();
  const made = createStorms({
    recipients,
    windowMs: 60_000,
    pauses: {
      pause: async ({ id }, reason, by, more) =>
        await Promise.resolve(void did.push(`${id} ${reason} ${by} ${more?.why}`)),
    },
    // The last character stands for whom it is.
    recipientOf: async (_channel, id) => await Promise.resolve(id.slice(-1)),
    clock: { now: () => nowMs },
    log,
    count: (code) => void did.push(`counted ${code}`),
  });
  const die = async (whose: string, code: FailureCode = 'template_paused'): Promise<void> => {
    for (const each of whose)
      await made.died(channel, toMessageId(channel.id, `01JD8T0Z5R4YV3W2X1Q0P9N8M${each}`), code);
  };
  return { die, did, lines, went: () => made.went(channel), later: (ms: number) => void (nowMs += ms) };
}

const paused = ['support storm template_paused 3 recipients in a row within 60 s', 'counted template_paused'];

describe('a storm of one permanent failure', () => {
  it('pauses the channel, once, and says why', async () => {
    const { die, did, lines } = storms();
    await die('01');
    expect(did).toEqual([]);
    await die('2');
    expect(did).toEqual(paused);
    expect(JSON.stringify(lines())).toContain('posthorn resume --channel');
    await die('34');
    expect(did).toEqual(paused);
  });

  it.each<[string, (storm: ReturnType<typeof storms>) => Promise<void>]>([
    ['one recipient alone', async ({ die }) => await die('0000000')],
    [
      'a message in between that went well',
      async ({ die, went }) => {
        await die('01');
        went();
        await die('23');
      },
    ],
    [
      'another failure in between',
      async ({ die }) => {
        await die('01');
        await die('2', 'rejected');
        await die('34');
      },
    ],
    [
      'failures far from each other',
      async ({ die, later }) => {
        await die('01');
        later(60_000);
        await die('23');
      },
    ],
    ['what is about recipients', async ({ die }) => await die('01234', 'recipient_opted_out')],
    ['ends of our own', async ({ die }) => await die('01234', 'attempts_exhausted')],
    ['what pauses by its own rule', async ({ die }) => await die('01234', 'credentials_refused')],
  ])('is not %s', async (_name, play) => {
    const storm = storms();
    await play(storm);
    expect(storm.did).toEqual([]);
  });

  it('can be left out', async () => {
    const { die, did } = storms(0);
    await die('01234');
    expect(did).toEqual([]);
  });
});
