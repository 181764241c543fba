import { followHistory } from '../history.ts';
import { isOut, settle, tally } from '../books.ts';
import { produce, produceBatch, recipient } from '../produce.ts';
import { check, type Scenario } from '../scenario.ts';

/** One channel has a large backlog; the others' few messages must not notice. */
export const fairness: Scenario = {
  name: 'fairness',
  about: 'one channel with a backlog, and 50 channels with one message a second each',
  messages: { full: 20_000, selfTest: 1_000, small: 200 },
  rig: {},
  defects: ['one-gate'],
  async run({ rig, messages, patienceMs, small, say }) {
    const seconds = small ? 2 : messages >= 10_000 ? 30 : 6;
    const big = await rig.addChannel({ pacePerSecond: null });
    const others = await Promise.all(
      Array.from({ length: small ? 6 : 50 }, async () => await rig.addChannel({ pacePerSecond: null })),
    );
    await rig.control('PATCH', 'timing', { answerMs: 100 });
    await rig.control('POST', 'faults', { action: { kind: 'statuses', order: [] } });
    await produceBatch(
      rig,
      Array.from({ length: messages }, (_, at) => ({
        channelId: big.id,
        to: recipient(at),
        text: 'bulk',
        key: `big-${at}`,
      })),
    );
    say(`${messages} wait in one channel`);
    const follower = followHistory(rig);
    const { accepted } = await produce(
      rig,
      Array.from({ length: others.length * seconds }, (_, at) => ({
        channelId: (others[at % others.length] ?? big).id,
        to: recipient(at),
        text: 'quick',
        key: `quick-${at}`,
      })),
      { sockets: 50, perSecond: others.length },
    );
    const books = await Promise.all(
      others.map(
        async (channel) =>
          await settle(
            rig,
            channel,
            accepted.filter(({ message }) => message.channelId === channel.id),
            patienceMs,
          ),
      ),
    );
    const rows = new Map(books.flatMap((book) => [...book]));
    const arrivedAt = new Map((await follower.stop()).map(({ callbackData, atMs }) => [callbackData ?? '', atMs]));
    const waits = [...rows]
      .map(([id, { acceptedAt }]) => (arrivedAt.get(id) ?? Number.POSITIVE_INFINITY) - acceptedAt)
      .toSorted((one, other) => one - other);
    const at = (share: number): number =>
      waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? Number.POSITIVE_INFINITY;
    return {
      checks: [
        check('all of the small channels are out', [...rows.values()].every(isOut), JSON.stringify(tally(rows))),
        ...(small ? [] : [check('they wait less than a second (p99)', at(0.99) < 1_000, `${Math.round(at(0.99))} ms`)]),
      ],
      figures: {
        backlog: messages,
        channels: others.length,
        'p50 wait, ms': Math.round(at(0.5)),
        'p99 wait, ms': Math.round(at(0.99)),
        'longest wait, ms': Math.round(waits.at(-1) ?? 0),
      },
    };
  },
};
