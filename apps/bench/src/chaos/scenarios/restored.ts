import { readCalls, settle, tally } from '../books.ts';
import { produceBatch, recipient } from '../produce.ts';
import { check, none, type Scenario } from '../scenario.ts';
import { must } from '../until.ts';

/** Redis comes back from a backup that knows nothing of what was sent since; `posthorn recover` comes before the workers. */
export const restored: Scenario = {
  name: 'restored',
  about: 'an older copy of Redis restored, then `posthorn recover --since … --apply`',
  messages: { full: 5_000, selfTest: 400, small: 300 },
  rig: { redis: 'everysec' },
  defects: ['no-recover'],
  async run({ rig, messages, patienceMs, say }) {
    const channel = await rig.addChannel({ pacePerSecond: Math.max(50, messages / 10) });
    // Evidence comes later: first it must be right without any.
    await rig.control('POST', 'callbacks/pause', {});
    const accepted = await produceBatch(
      rig,
      Array.from({ length: messages }, (_, at) => ({
        channelId: channel.id,
        to: recipient(at),
        text: 'hello',
        key: `old-${at}`,
      })),
    );
    const takenNow = async (): Promise<number> => (await readCalls(rig, channel)).size;
    await must('a third to be sent', async () => (await takenNow()) > messages / 3, 60_000);
    const since = new Date().toISOString();
    await rig.redisHost.backUp();
    const atBackup = await takenNow();
    await must('two thirds to be sent', async () => (await takenNow()) > (messages * 2) / 3, 60_000);

    // What the operator does: the fleet is stopped, the copy put back, recover run, the fleet started.
    for (const role of [...rig.workers, rig.scheduler]) await role.kill();
    await rig.redisHost.kill();
    const before = await readCalls(rig, channel);
    await rig.redisHost.restore();
    await rig.redisHost.start();
    await must('Redis to be back', async () => (await rig.redis.ping()) === 'PONG');
    const said = await rig.posthorn('recover', '--since', since, '--apply', '--by', 'chaos', '--json');
    say(said.trim().replaceAll(/\s+/gu, ' '));
    await Promise.all([...rig.workers, rig.scheduler].map(async (role) => await role.start()));

    const first = await settle(rig, channel, accepted, patienceMs);
    const after = await readCalls(rig, channel);
    await rig.control('POST', 'callbacks/resume', {});
    const books = await settle(
      rig,
      channel,
      accepted,
      patienceMs,
      ({ status }, id) => ['read', 'failed', 'lost'].includes(status) || !after.has(id),
    );
    const last = await readCalls(rig, channel);
    const neverTaken = [...books].filter(([id]) => !last.has(id));
    return {
      checks: [
        none('lost from the books', tally(first)['lost'] ?? 0),
        none('sent again', [...last.values()].filter(({ taken }) => taken > 1).length),
        none('still pending', tally(first)['accepted'] ?? 0),
        check(
          'all that the provider has is settled by its callbacks',
          (tally(books)['read'] ?? 0) === last.size,
          `${tally(books)['read'] ?? 0} of ${last.size}`,
        ),
        none('never taken and not held', neverTaken.filter(([, { status }]) => status !== 'held').length),
      ],
      figures: {
        'sent before the copy': atBackup,
        'sent before the crash': before.size,
        'sent after recovering': after.size - before.size,
        'held for people, never sent': neverTaken.length,
      },
    };
  },
};
