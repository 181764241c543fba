import { setTimeout as delay } from 'node:timers/promises';
import { parseRedisInfo } from '@posthorn/runtime';
import { isOut, readCalls, settle, tally } from '../books.ts';
import { post, produce, recipient } from '../produce.ts';
import { check, none, type Scenario } from '../scenario.ts';

const filling = 'x'.repeat(3_500);

/** Redis fills up: new work is refused in time, and what was accepted goes out all the same. */
export const redisFull: Scenario = {
  name: 'redis-full',
  about: 'the memory of Redis fills up under load; later it gets more',
  messages: { full: 4_000, selfTest: 2_500, small: 1_500 },
  rig: {},
  defects: ['no-memory-gate'],
  async run({ rig, messages, patienceMs, say }) {
    const channel = await rig.addChannel();
    await rig.control('POST', 'faults', { action: { kind: 'statuses', order: [] } });
    await channel.pause();
    const used = async (): Promise<number> => Number(parseRedisInfo(await rig.redis.info('memory')).get('used_memory'));
    // Room for half of them, about 6 KB each, beyond what is there already.
    const max = Math.ceil((await used()) + messages * 3_000);
    await rig.redis.config('SET', 'maxmemory', String(max));
    const load = Array.from({ length: messages }, (_, at) => ({
      channelId: channel.id,
      to: recipient(at),
      text: filling,
      key: `full-${at}`,
    }));

    const { accepted: first, refusals } = await produce(rig, load, {
      sockets: 8,
      perSecond: Math.max(250, messages / 8),
      withinMs: 300,
    });
    const fullest = (await used()) / max;
    const refused = await post(rig, {
      channelId: channel.id,
      to: recipient(9_000_000),
      text: filling,
      key: 'full-refused',
    });
    say(`${first.length} accepted, then refused at ${(fullest * 100).toFixed(0)} % of maxmemory`);

    await channel.resume();
    const whileFull = await settle(rig, channel, first, patienceMs, isOut);
    await rig.redis.config('SET', 'maxmemory', '0');
    await delay(1_000);
    const later = await produce(
      rig,
      load.slice(0, 50).map((message) => ({ ...message, key: `later-${message.key}` })),
      { sockets: 8, withinMs: 30_000 },
    );
    const books = await settle(rig, channel, [...first, ...later.accepted], patienceMs, isOut);
    const calls = await readCalls(rig);
    return {
      checks: [
        check(
          'new work is refused with 503 and Retry-After',
          refused.status === 503 && refused.retryAfter !== null,
          `${refused.status}, Retry-After ${refused.retryAfter ?? 'none'}`,
        ),
        check('in time: Redis itself is not full', fullest < 0.97, `${(fullest * 100).toFixed(1)} %`),
        check(
          'what was accepted goes out while it is full',
          [...whileFull.values()].every(isOut),
          JSON.stringify(tally(whileFull)),
        ),
        check('with more memory it is accepted again, unaided', later.givenUp === 0, later.accepted.length),
        none('lost', tally(books)['lost'] ?? 0),
        none('sent twice', [...calls.values()].filter(({ taken }) => taken > 1).length),
      ],
      figures: {
        accepted: first.length,
        'refused at, % of maxmemory': (fullest * 100).toFixed(1),
        ...Object.fromEntries([...refusals].map(([what, times]) => [`refusals: ${what}`, times])),
      },
    };
  },
};
