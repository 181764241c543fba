import { setTimeout as delay } from 'node:timers/promises';
import type { MessageId } from '@posthorn/message';
import { z } from 'zod';
import type { ChaosChannel } from '../add-channel.ts';
import { blindResends, readBooks, readCalls, settle, tally, type Books, type Row } from '../books.ts';
import { followHistory } from '../history.ts';
import { post, produce, recipient, type Accepted, type Outgoing } from '../produce.ts';
import type { Rig } from '../rig.ts';
import { check, none, type Scenario } from '../scenario.ts';
import { subscribe } from '../subscriber.ts';
import { must, until } from '../until.ts';

const channelCount = 12;
const refusedOnce = 'refused once';
/** A replica on a crowded machine is behind its master by less than this. */
const behindMostMs = 1_000;
const lettersSchema = z.array(z.object({ id: z.string(), messageId: z.string() }));
const recoveryMostMs = 30_000;

/** Three masters with a replica each; one is killed in the middle of a load that spreads over all of them. */
export const redisCluster: Scenario = {
  name: 'redis-cluster',
  about:
    'twelve channels over three masters; one is killed under load while its replica, which takes over, lacks the last 500 ms',
  messages: { full: 6_000, selfTest: 1_200, small: 240 },
  rig: { redis: 'cluster', forwarder: true },
  defects: ['lost-event'],
  async run({ rig, messages, patienceMs, say }) {
    const seconds = Math.max(8, messages / 300);
    const pacePerSecond = Math.ceil(messages / seconds / channelCount);
    const channels = await Promise.all(
      Array.from({ length: channelCount }, async () => await rig.addChannel({ pacePerSecond })),
    );
    await rig.control('PATCH', 'timing', { answerMs: 20, sentMs: 20, batchWaitMs: 20 });
    // The first rule that fits counts.
    await rig.control('POST', 'faults', {
      match: { textContains: refusedOnce },
      times: 1,
      action: { kind: 'error', code: 131026 },
    });
    await rig.control('POST', 'faults', { action: { kind: 'statuses', order: ['delivered'] } });
    const subscriber = await subscribe(rig, ['message.delivered']);
    try {
      const load: Outgoing[] = Array.from({ length: messages }, (_, at) => ({
        channelId: channelOf(channels, at).id,
        to: recipient(at),
        text: `number ${at}`,
        key: `cluster-${at}`,
      }));
      const producing = produce(rig, load, { sockets: 48, perSecond: messages / seconds, withinMs: 4 * patienceMs });
      await delay((seconds * 1_000) / 2);
      const keptUntil = await rig.redisHost.kill(500);
      const diedAt = Date.now();
      await must('the cluster to serve every slot', async () => {
        const set = Array.from({ length: 30 }, async (_, at) => await rig.redis.set(`chaos:{${at}}`, '1', 'EX', 60));
        return (await Promise.all(set)).every((word) => word === 'OK');
      });
      const backAt = Date.now();
      await rig.redisHost.start();
      const takes = await until(async () => await allTake(rig, channels), recoveryMostMs);
      const takesAfterMs = Date.now() - backAt;
      const sends = await until(async () => await allSentSince(rig, channels, backAt), recoveryMostMs);
      const sendsAfterMs = Date.now() - backAt;
      const { accepted, refusals, givenUp } = await producing;
      say(
        `back ${backAt - diedAt} ms after the kill; all channels accept after ${takesAfterMs} ms, send after ${sendsAfterMs} ms`,
      );

      await settleAll(rig, channels, accepted, patienceMs);
      const calls = await readCalls(rig);
      const later = accepted.filter(({ answeredAt }) => answeredAt > backAt).map(({ id }) => id);
      const told = (): boolean => later.every((id) => subscriber.told('message.delivered').has(id));
      const toldFrom = Date.now();
      await until(async () => await Promise.resolve(told()), 2 * patienceMs, 200);
      const toldAfterMs = Date.now() - toldFrom;
      const untold = later.filter((id) => !subscriber.told('message.delivered').has(id));
      const known = new Set<string>(accepted.map(({ id }) => id));
      const books = await settleAll(rig, channels, accepted, patienceMs);
      const lost = accepted.filter(({ id }) => books.get(id)?.status === 'lost');
      // Without the probes of each channel.
      const strangers = [...calls.keys()].filter((id) => !known.has(id)).length - channelCount;
      const replayed = await replayOne(rig, channelOf(channels, 0), patienceMs);
      const why = await whyPaused(rig, channelOf(channels, 1));
      return {
        checks: [
          check(
            'recovers unaided within 30 s, every channel',
            takes && sends,
            `accept after ${takesAfterMs} ms, send after ${sendsAfterMs} ms`,
          ),
          none(
            `accepted more than ${behindMostMs / 1_000} s before its replica was cut off, or after that took over, and lost`,
            lost.filter(({ answeredAt }) => answeredAt < keptUntil - behindMostMs || answeredAt > backAt).length,
          ),
          none('never accepted although repeated', givenUp),
          none('still pending', tally(books)['accepted'] ?? 0),
          none('sent twice without the label', blindResends(books, calls).length),
          none('dead', tally(books)['failed'] ?? 0),
          none('accepted since, and the subscriber was not told of its delivery', untold.length),
          check('a dead letter is replayed and goes out', replayed === 'delivered', replayed),
          check('why names the pause of a channel', why.includes('is paused'), why.slice(0, 60)),
        ],
        figures: {
          ...tally(books),
          'channels by shard': await spread(rig, channels),
          'accepted within the window, and lost': lost.length,
          'at the provider for a request that was never answered': strangers,
          'accepted since': later.length,
          'until the subscriber was told of all, ms': toldAfterMs,
          ...Object.fromEntries([...refusals].map(([what, times]) => [`requests repeated after: ${what}`, times])),
        },
      };
    } finally {
      await subscriber.close();
    }
  },
};

function channelOf(channels: readonly ChaosChannel[], at: number): ChaosChannel {
  const channel = channels[at % channels.length];
  if (channel === undefined) throw new Error('there are no channels');
  return channel;
}

/** Waits until nothing is on its way any more; the books of all channels. */
async function settleAll(
  rig: Rig,
  channels: readonly ChaosChannel[],
  accepted: readonly Accepted[],
  patienceMs: number,
): Promise<Books> {
  const books = new Map<MessageId, Row>();
  for (const channel of channels) {
    const own = accepted.filter(({ message }) => message.channelId === channel.id);
    for (const [id, row] of await settle(rig, channel, own, patienceMs)) books.set(id, row);
  }
  return books;
}

/** One message to each channel, all taken. */
async function allTake(rig: Rig, channels: readonly ChaosChannel[]): Promise<boolean> {
  const answers = await Promise.all(
    channels.map(async ({ id }, at) =>
      post(rig, { channelId: id, to: recipient(8_000_000 + at), text: 'probe', key: `cluster-probe-${at}` }),
    ),
  );
  return answers.every(({ status }) => status === 202);
}

async function allSentSince(rig: Rig, channels: readonly ChaosChannel[], sinceMs: number): Promise<boolean> {
  const seen = await followHistory(rig).stop();
  return channels.every(({ phoneNumberId }) =>
    seen.some(({ account, atMs }) => account === phoneNumberId && atMs > sinceMs),
  );
}

/** The status in which a message ends that the provider refused for good, and that was replayed. */
async function replayOne(rig: Rig, channel: ChaosChannel, patienceMs: number): Promise<string> {
  const to = recipient(9_000_000);
  const { id } = await post(rig, { channelId: channel.id, to, text: refusedOnce, key: 'cluster-refused' });
  if (id === undefined) return 'not accepted';
  const status = async (): Promise<string> => (await readBooks(rig, channel, [id])).get(id)?.status ?? 'unknown';
  if (!(await until(async () => (await status()) === 'failed', patienceMs))) return `${await status()} before`;
  // Its dead letter is moved in a second step.
  const replay = async (): Promise<boolean> => {
    const letters = lettersSchema.parse(JSON.parse(await rig.posthorn('dlq', 'ls', '--channel', channel.id, '--json')));
    const letter = letters.find(({ messageId }) => messageId === id);
    if (letter === undefined) return false;
    await rig.posthorn('dlq', 'replay', letter.id, '--by', 'chaos');
    return true;
  };
  await until(replay, patienceMs, 500);
  await until(async () => (await status()) === 'delivered', patienceMs);
  return await status();
}

async function whyPaused(rig: Rig, channel: ChaosChannel): Promise<string> {
  await channel.pause();
  const { id } = await post(rig, {
    channelId: channel.id,
    to: recipient(9_100_000),
    text: 'waits',
    key: 'cluster-waits',
  });
  return id === undefined ? 'not accepted' : await rig.posthorn('why', id);
}

const slotRange = z
  .tuple([z.number(), z.number(), z.tuple([z.string(), z.number()]).rest(z.unknown())])
  .rest(z.unknown());

/** How many channels lie on each master. */
async function spread(rig: Rig, channels: readonly ChaosChannel[]): Promise<string> {
  const ranges = z.array(slotRange).parse(await rig.redis.cluster('SLOTS'));
  const counts = new Map<number, number>();
  for (const { id } of channels) {
    const slot = await rig.redis.cluster('KEYSLOT', `posthorn:{${id}}:`);
    const port = ranges.find(([from, to]) => slot >= from && slot <= to)?.[2][1] ?? 0;
    counts.set(port, (counts.get(port) ?? 0) + 1);
  }
  return [...counts.values()].join(' + ');
}
