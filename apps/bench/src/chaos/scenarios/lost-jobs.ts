import { sendQueue } from '@posthorn/queue';
import { blindResends, isOut, readCalls, settle, tally } from '../books.ts';
import { produceBatch, recipient } from '../produce.ts';
import { check, none, type Scenario } from '../scenario.ts';

/** Somebody takes jobs out of the queue by hand; their messages must go all the same. */
export const lostJobs: Scenario = {
  name: 'lost-jobs',
  about: 'half of the jobs removed by hand from a paused queue',
  messages: { full: 2_000, selfTest: 100, small: 100 },
  rig: {},
  defects: ['no-sweep'],
  async run({ rig, messages, random, patienceMs }) {
    const channel = await rig.addChannel();
    await channel.pause();
    const accepted = await produceBatch(
      rig,
      Array.from({ length: messages }, (_, at) => ({
        channelId: channel.id,
        to: recipient(at),
        text: 'hello',
        key: `lost-${at}`,
      })),
    );
    const queue = rig.queues.open(sendQueue(channel));
    const victims = accepted.filter(() => random() < 0.5);
    const removed = await Promise.all(victims.map(async ({ id }) => await queue.remove(`${id}_1`)));
    await channel.resume();
    const startedAt = performance.now();
    const books = await settle(rig, channel, accepted, patienceMs, isOut);
    const tookMs = performance.now() - startedAt;
    const calls = await readCalls(rig);
    return {
      checks: [
        check(
          'jobs were removed',
          removed.every((count) => count === 1),
          removed.length,
        ),
        none('not sent', [...books.values()].filter((row) => !isOut(row)).length),
        none('sent twice', blindResends(books, calls).length),
      ],
      figures: {
        ...tally(books),
        'jobs removed': removed.length,
        'seconds until all were out': (tookMs / 1_000).toFixed(1),
      },
    };
  },
};
