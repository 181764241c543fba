import { z } from 'zod';
import { followHistory } from '../history.ts';
import { isOut, settle, tally } from '../books.ts';
import { produceBatch, recipient } from '../produce.ts';
import { until } from '../until.ts';
import { check, none, type Scenario } from '../scenario.ts';

const limit = 80;
const stats = z.object({
  byAccount: z.record(
    z.string(),
    z.object({ accepted: z.number(), throttled: z.number(), maxAcceptedInASecond: z.number() }),
  ),
});

/** The sandbox enforces what Meta does: 80 messages in any second, and the limit for one recipient. */
export const pace: Scenario = {
  name: 'pace',
  about: 'the provider refuses more than 80 messages in any second of one number',
  messages: { full: 4_800, selfTest: 800, small: 160 },
  // As long as a provider asks for: hurried waits would meet the limit again and again. And sweeps as seldom as they are, since each
  // stops Redis for some milliseconds, which the pace can be told apart from only at their own rate.
  rig: { env: { POSTHORN_DELAY_FACTOR: '1', POSTHORN_SWEEP_MS: '10000', POSTHORN_HEAD_IDLE_MS: '45000' } },
  defects: ['no-pace'],
  async run({ rig, messages, patienceMs, small }) {
    const channel = await rig.addChannel({ pacePerSecond: null, enforcedPerSecond: limit, pairLimits: true });
    await rig.control('POST', 'faults', { action: { kind: 'statuses', order: [] } });
    const follower = followHistory(rig);
    const accepted = await produceBatch(
      rig,
      Array.from({ length: messages }, (_, at) => ({
        channelId: channel.id,
        to: recipient(at),
        text: 'hello',
        key: `pace-${at}`,
      })),
    );
    // The provider is asked until it has them, not the ledger, whose every look at thousands of messages holds up the sends.
    const withinMs = patienceMs + (messages / limit) * 1_500;
    const ofChannel = async () => stats.parse(await rig.control('GET', 'stats')).byAccount[channel.phoneNumberId];
    await until(async () => ((await ofChannel())?.accepted ?? 0) >= messages, withinMs, 500);
    const books = await settle(rig, channel, accepted, patienceMs, (row) => isOut(row) || row.status === 'failed');
    const taken = (await follower.stop()).filter(
      ({ account, answer }) => account === channel.phoneNumberId && answer.status === 200,
    );
    const spanMs = (taken.at(-1)?.atMs ?? 0) - (taken[0]?.atMs ?? 0);
    const rate = ((taken.length - 1) * 1_000) / Math.max(1, spanMs);
    const mine = await ofChannel();
    const throttled = mine?.throttled ?? 0;
    return {
      checks: [
        none('dead by throttling', tally(books)['failed'] ?? 0),
        check('all sent', [...books.values()].every(isOut), JSON.stringify(tally(books))),
        // Few messages over a second or two say nothing about a thousandth.
        ...(small
          ? []
          : [
              check(
                'throttled less than 0.1 % of the calls',
                throttled < messages / 1_000,
                `${throttled} of ${messages}`,
              ),
              check('at least 95 % of the limit, sustained', rate >= limit * 0.95, `${rate.toFixed(1)} a second`),
            ]),
      ],
      figures: {
        'messages a second, sustained': rate.toFixed(1),
        'of the limit': `${((rate / limit) * 100).toFixed(1)} %`,
        throttled,
        'most in any second': mine?.maxAcceptedInASecond ?? 0,
      },
    };
  },
};
