import { sendQueue } from '@posthorn/queue';
import { blindResends, countDeadLetters, isOut, readBooks, readCalls, settle, tally } from '../books.ts';
import { produceBatch, recipient } from '../produce.ts';
import { check, none, type Scenario } from '../scenario.ts';
import { until } from '../until.ts';

/** What a worker waits before it looks at a job again that it cannot read. */
const unreadableMs = 60_000;

/**
 * There is one version of jobs so far. So the next release is played: an ingress that writes jobs of version 2, and a worker that reads
 * both, beside workers of this release, which read version 1 only.
 */
export const upgrade: Scenario = {
  name: 'upgrade',
  about: 'workers of this release and of a next one, whose jobs this one cannot read, share the queues',
  messages: { full: 2_000, selfTest: 100, small: 80 },
  rig: {},
  defects: ['unknown-is-dead'],
  async run({ rig, messages, patienceMs, small, say }) {
    const channel = await rig.addChannel();
    const queue = rig.queues.open(sendQueue(channel));
    const lettersBefore = await countDeadLetters(rig, channel);
    const next = await rig.startApp('ingress', ['next-jobs']);
    const make = (kind: string, from: number, count: number) =>
      Array.from({ length: count }, (_, at) => ({
        channelId: channel.id,
        to: recipient(from + at),
        text: kind,
        key: `${kind}-${at}`,
      }));
    const half = Math.floor(messages / 2);
    await until(
      async () =>
        (await fetch(`${next.url()}/v1/channels/${channel.id}`, { headers: { authorization: `Bearer ${rig.apiKey}` } }))
          .status === 200,
      10_000,
    );
    const known = await produceBatch(rig, make('known', 0, half));
    const unknown = await produceBatch(rig, make('unknown', half, half), next.url());
    const first = await settle(rig, channel, known, patienceMs, isOut);
    const letters = async (): Promise<number> => (await countDeadLetters(rig, channel)) - lettersBefore;
    const setAside = await until(
      async () => (await letters()) > 0 || (await queue.getJobCountByTypes('delayed')) >= half,
      patienceMs,
    );
    const waiting = await readBooks(
      rig,
      channel,
      unknown.map(({ id }) => id),
    );
    const dead = (await letters()) + (await queue.getJobCountByTypes('failed'));

    const newer = await rig.startApp('worker-whatsapp-cloud', ['next-reader']);
    say(`${half} jobs of version 2 wait; ${newer.name} of the next release has started`);
    if (small) for (const worker of rig.workers) await worker.kill();
    const looked = performance.now();
    let second = waiting;
    // With the older workers beside it a job may be set aside again and again: each look is a draw between them.
    await until(
      async () => {
        if (small)
          for (const job of await queue.getJobs(['delayed'], 0, half)) await job.promote().catch(() => undefined);
        second = await settle(
          rig,
          channel,
          unknown,
          small ? 1_000 : 5_000,
          (row) => isOut(row) || row.status === 'failed',
        );
        if (!small && performance.now() - looked > unreadableMs * 2)
          for (const worker of rig.workers) await worker.kill();
        // What is dead will not come any more.
        return dead > 0 || [...second.values()].every((row) => isOut(row) || row.status === 'failed');
      },
      small ? patienceMs : patienceMs + unreadableMs * 4,
      500,
    );
    const calls = await readCalls(rig);
    return {
      checks: [
        check('jobs of the known version go at once', [...first.values()].every(isOut), JSON.stringify(tally(first))),
        check(
          'jobs of an unknown version wait, and are not lost',
          setAside && [...waiting.values()].every(({ status }) => status === 'accepted'),
          JSON.stringify(tally(waiting)),
        ),
        none('dead or failed', dead + (tally(second)['failed'] ?? 0)),
        check(
          'a worker that knows the version sends them',
          [...second.values()].every(isOut),
          JSON.stringify(tally(second)),
        ),
        none('sent twice', blindResends(new Map([...first, ...second]), calls).length),
      ],
      figures: {
        'jobs of version 2': half,
        'seconds until they were out': ((performance.now() - looked) / 1_000).toFixed(0),
      },
    };
  },
};
