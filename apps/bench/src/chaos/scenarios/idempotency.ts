import type { MessageId } from '@posthorn/message';
import { post, produce, recipient } from '../produce.ts';
import { isOut, readCalls, settle, tally } from '../books.ts';
import { check, none, type Scenario } from '../scenario.ts';

const concurrent = 100;

/** The same request many times at once is one message. */
export const idempotency: Scenario = {
  name: 'idempotency',
  about: '100 concurrent requests with one key, and many keys with twins; another body under a used key',
  messages: { full: 5_000, selfTest: 100, small: 50 },
  rig: {},
  defects: ['no-reservation', 'no-fingerprint'],
  async run({ rig, messages, patienceMs, small }) {
    const channel = await rig.addChannel();
    const crowded = Array.from({ length: small ? 2 : 20 }, (_, at) => ({
      channelId: channel.id,
      to: recipient(at),
      text: 'crowd',
      key: `${channel.id}-crowd-${at}`,
    }));
    const idsOfCrowds: Set<MessageId>[] = [];
    const answers: number[] = [];
    for (const message of crowded) {
      const replies = await Promise.all(Array.from({ length: concurrent }, async () => await post(rig, message)));
      idsOfCrowds.push(new Set(replies.flatMap(({ id }) => id ?? [])));
      answers.push(...replies.map(({ status }) => status));
    }
    // Twins lie side by side, so that they are under way together.
    const twins = Array.from({ length: messages }, (_, at) => {
      const message = {
        channelId: channel.id,
        to: recipient(10_000 + at),
        text: 'twin',
        key: `${channel.id}-twin-${at}`,
      };
      return [message, message];
    }).flat();
    const { accepted } = await produce(rig, twins, { sockets: 50 });
    const idsByKey = Map.groupBy(accepted, ({ message }) => message.key);
    const others = await Promise.all(
      crowded.map(async (message) => (await post(rig, { ...message, text: 'something else' })).status),
    );

    const ids = new Set([...accepted.map(({ id }) => id), ...idsOfCrowds.flatMap((each) => [...each])]);
    const books = await settle(
      rig,
      channel,
      [...ids].map((id) => ({ id })),
      patienceMs,
      isOut,
    );
    const calls = await readCalls(rig, channel);
    return {
      checks: [
        check(
          '100 at once with one key: one message each',
          idsOfCrowds.every(({ size }) => size === 1),
          idsOfCrowds.map(({ size }) => size).join(' '),
        ),
        none('answers to them other than 202', answers.filter((status) => status !== 202).length),
        none(
          'keys with more than one message',
          [...idsByKey.values()].filter((each) => new Set(each.map(({ id }) => id)).size > 1).length,
        ),
        check(
          'another body under the same key is refused',
          others.every((status) => status === 422),
          [...new Set(others)].join(' '),
        ),
        check(
          'as many messages sent as there are keys',
          calls.size === crowded.length + messages,
          `${calls.size} of ${crowded.length + messages}`,
        ),
        none('sent twice', [...calls.values()].filter(({ taken }) => taken > 1).length),
      ],
      figures: {
        keys: crowded.length + messages,
        requests: answers.length + twins.length + others.length,
        ...tally(books),
      },
    };
  },
};
