import { sendQueue } from '@posthorn/queue';
import { blindResends, countDeadLetters, isOut, readCalls, settle, tally } from '../books.ts';
import { produceBatch, recipient } from '../produce.ts';
import type { Rig } from '../rig.ts';
import { check, none, type Scenario } from '../scenario.ts';
import { must } from '../until.ts';

/** Two workers in a row die on the same jobs, before anything was sent. */
export const twice: Scenario = {
  name: 'twice',
  about: 'a worker killed twice on the same job, many jobs at once',
  messages: { full: 1_000, selfTest: 60, small: 60 },
  // A worker that holds a thousand jobs on a busy machine needs more than a moment to say that it lives.
  rig: { env: { POSTHORN_LOCK_MS: '8000' } },
  defects: ['stall-limit'],
  async run({ rig, messages, patienceMs }) {
    for (const worker of rig.workers) await worker.kill();
    const channel = await rig.addChannel();
    const accepted = await produceBatch(
      rig,
      Array.from({ length: messages }, (_, at) => ({
        channelId: channel.id,
        to: recipient(at),
        text: 'hello',
        key: `twice-${at}`,
      })),
    );
    const queue = rig.queues.open(sendQueue(channel));
    const lettersBefore = await countDeadLetters(rig, channel);
    const victim = async (rig_: Rig): ReturnType<Rig['startApp']> =>
      await rig_.startApp('worker-whatsapp-cloud', ['pause-before-claim'], {
        POSTHORN_SEND_CONCURRENCY: String(messages),
      });
    for (const death of [1, 2]) {
      const doomed = await victim(rig);
      await must(
        `all jobs to be with the worker that dies next (${death})`,
        async () => {
          const active = await queue.getJobs(['active'], 0, messages);
          return active.filter((job) => job.stalledCounter >= death - 1).length === messages;
        },
        120_000,
      );
      await doomed.kill();
    }
    await Promise.all(rig.workers.map(async (worker) => await worker.start()));
    const books = await settle(rig, channel, accepted, patienceMs, (row) => isOut(row) || row.status === 'failed');
    const calls = await readCalls(rig);
    const failedJobs = await queue.getJobCountByTypes('failed');
    const lettersNow = await countDeadLetters(rig, channel);
    return {
      checks: [
        none('dead or failed', (tally(books)['failed'] ?? 0) + failedJobs),
        none('dead letters', lettersNow - lettersBefore),
        check('all sent', [...books.values()].every(isOut), JSON.stringify(tally(books))),
        none('attempts spent by a death', [...books.values()].filter(({ attempts }) => attempts > 1).length),
        none('sent twice', blindResends(books, calls).length),
      ],
      figures: { jobs: messages },
    };
  },
};
