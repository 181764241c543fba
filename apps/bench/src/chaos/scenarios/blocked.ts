import { z } from 'zod';
import { medianInterval } from '../../statistics.ts';
import { produceBatch, recipient, type Outgoing } from '../produce.ts';
import { check, type Context, type Scenario } from '../scenario.ts';
import { until } from '../until.ts';

const slowdownMost = 1.05;
/** With fewer pairs there is no interval worth the name; with more the run takes too long. */
const [pairsLeast, pairsMost] = [8, 24];
const nobody = recipient(7_000_000);
const stats = z.object({ byAccount: z.record(z.string(), z.object({ accepted: z.number() })) });

/** One conversation cannot go on, and many messages wait in it; the others of its channel must not notice. */
export const blocked: Scenario = {
  name: 'blocked',
  about: 'the messages of a channel beside a conversation that cannot go on, and without it, in turns',
  messages: { full: 6_000, selfTest: 300, small: 60 },
  // As long as a provider asks for: a blocked conversation is tried after 1 s, 4 s, 16 s …
  rig: { env: { POSTHORN_DELAY_FACTOR: '1' } },
  defects: ['wide-wait'],
  async run(context) {
    const { rig, small, say } = context;
    await rig.control('POST', 'faults', {
      id: 'blocked',
      match: { to: nobody.slice(1) },
      action: { kind: 'error', code: 131056 },
    });
    await rig.control('POST', 'faults', { id: 'quiet', action: { kind: 'statuses', order: [] } });
    if (small) {
      const tookMs = await sendOthers(context, true);
      return { checks: [check('the others go all the same', tookMs !== null, context.messages)], figures: {} };
    }
    // The first ones only warm the processes up.
    await sendOthers(context, false);
    const ratios: number[] = [];
    for (;;) {
      // Each pair the other way round, so that what changes with time does not fall on one side.
      const blockedFirst = ratios.length % 2 === 0;
      const first = await sendOthers(context, blockedFirst);
      const second = await sendOthers(context, !blockedFirst);
      const [beside, alone] = blockedFirst ? [first, second] : [second, first];
      if (alone === null) throw new Error('even without a blocked conversation not all were sent in time');
      ratios.push(beside === null ? Number.POSITIVE_INFINITY : beside / alone);
      const { low, high } = medianInterval(ratios);
      const isDecided = high < slowdownMost || low > slowdownMost;
      if ((ratios.length >= pairsLeast && isDecided) || ratios.length >= pairsMost) break;
    }
    const { median, low, high } = medianInterval(ratios);
    const percent = (ratio: number): string =>
      Number.isFinite(ratio) ? `${((ratio - 1) * 100).toFixed(1)} %` : 'without end';
    const measured = `slower by ${percent(median)}, the median of ${ratios.length} pairs (95 %: from ${percent(low)} to ${percent(high)})`;
    say(measured);
    return {
      checks: [check('a blocked conversation slows the others by less than 5 %', median < slowdownMost, measured)],
      figures: {
        'messages of the others': context.messages,
        'messages waiting in the blocked one': waitingBeside(context),
        'ratios of the times': ratios.map((ratio) => ratio.toFixed(3)).join(' '),
      },
    };
  },
};

/** How many wait in the blocked conversation: a quarter of what the others have. */
function waitingBeside({ messages }: Context): number {
  return Math.ceil(messages / 4);
}

/** Hands everything in to a paused channel of its own, resumes it, and takes the ms until the provider has the last of the others; null: it never got them. */
async function sendOthers(context: Context, withBlocked: boolean): Promise<number | null> {
  const { rig, messages, patienceMs } = context;
  const channel = await rig.addChannel();
  const make = (count: number, whom: (at: number) => string): Outgoing[] =>
    Array.from({ length: count }, (_, at) => ({
      channelId: channel.id,
      to: whom(at),
      text: 'hello',
      key: `${channel.id}-${whom(at)}-${at}`,
    }));
  await channel.pause();
  if (withBlocked)
    await produceBatch(
      rig,
      make(waitingBeside(context), () => nobody),
    );
  await produceBatch(rig, make(messages, recipient));
  const startedAt = performance.now();
  await channel.resume();
  const areOut = await until(
    async () => {
      const { byAccount } = stats.parse(await rig.control('GET', 'stats'));
      return (byAccount[channel.phoneNumberId]?.accepted ?? 0) >= messages;
    },
    patienceMs,
    10,
  );
  const tookMs = areOut ? performance.now() - startedAt : null;
  // What still waits must not be tried during the next round.
  await channel.pause();
  return tookMs;
}
