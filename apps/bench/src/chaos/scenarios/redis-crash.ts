import { setTimeout as delay } from 'node:timers/promises';
import { followHistory } from '../history.ts';
import { blindResends, isOut, readCalls, settle, tally } from '../books.ts';
import { post, produce, produceBatch, recipient, type Outgoing } from '../produce.ts';
import type { RedisKind } from '../redis-host.ts';
import type { Rig } from '../rig.ts';
import { check, none, type Scenario } from '../scenario.ts';
import { startReplica } from '../replica.ts';
import { must, until } from '../until.ts';

interface Crash {
  readonly name: string;
  readonly about: string;
  readonly redis: RedisKind;
  /** How much of what was answered with 202 may be gone, in ms before the crash. */
  readonly windowMs: number;
  readonly defects: readonly string[];
  readonly byProxy?: boolean;
  /** What it sent in the window may be sent again, once: that is the limit, and it is checked to be no more. */
  readonly losesWorker?: boolean;
  /** Before the load begins. Returns what kills Redis and brings a Redis back: it tells when one died, and when one answered again. */
  readonly prepare: (rig: Rig) => Promise<() => Promise<{ readonly diedAt: number; readonly backAt: number }>>;
}

const recoveryMostMs = 30_000;

async function restart(rig: Rig, lostMs?: number) {
  const diedAt = Date.now();
  await rig.redisHost.kill(lostMs);
  await delay(1_000);
  await rig.redisHost.start();
  return { diedAt, backAt: Date.now() };
}

/** A power failure, played: SIGKILL, and the last 900 ms of the append-only file are cut off. */
export const redisEverysec = redisCrash({
  name: 'redis-everysec',
  about:
    'kill -9 of Redis under load, the last 900 ms of its append-only file gone as in a power failure (appendfsync everysec)',
  redis: 'everysec',
  windowMs: 2_000,
  defects: ['no-write-back'],
  prepare: async (rig) => async () => await restart(rig, 900),
});

export const redisAlways = redisCrash({
  name: 'redis-always',
  about: 'kill -9 of Redis under load, appendfsync always',
  redis: 'always',
  windowMs: 0,
  defects: ['early-202'],
  prepare: async (rig) => async () => await restart(rig),
});

/** The replica is 700 ms behind when the master dies: replication stands still, as over a line that hangs. */
export const redisFailover = redisCrash({
  name: 'redis-failover',
  about: 'the master is killed under load, a replica 700 ms behind is promoted, and the address leads to it',
  redis: 'everysec',
  windowMs: 2_000,
  defects: ['no-write-back'],
  byProxy: true,
  prepare: async (rig) => {
    const replica = await startReplica(rig.redisHost.port);
    rig.own(replica.close);
    return async () => {
      replica.line.freeze();
      await delay(700);
      const diedAt = Date.now();
      await rig.redisHost.kill();
      await delay(500);
      await replica.promote();
      rig.redisProxy?.switchTo(replica.port);
      return { diedAt, backAt: Date.now() };
    };
  },
});

/** The sentinels do it all: nobody tells the fleet where the new master is. */
export const redisSentinel = redisCrash({
  name: 'redis-sentinel',
  about: 'three sentinels, a master killed under load while its two replicas lack the last 700 ms, then started again',
  redis: 'sentinels',
  windowMs: 2_000,
  defects: ['no-write-back'],
  prepare: async (rig) => async () => {
    // What came after the replicas were cut off is gone with the master.
    const diedAt = await rig.redisHost.kill(700);
    await must('the sentinels to make another one master', async () => (await rig.redis.incr('chaos:{probe}')) > 0);
    const backAt = Date.now();
    await rig.redisHost.start();
    return { diedAt, backAt };
  },
});

/** What only this worker knew of the lost moment is gone with it. */
export const redisAndWorker = redisCrash({
  name: 'redis-and-worker',
  about: 'as redis-everysec, and a worker dies in the same moment',
  redis: 'everysec',
  windowMs: 2_000,
  defects: ['no-claim'],
  losesWorker: true,
  prepare: async (rig) => async () => {
    const [victim] = rig.workers;
    const [times] = await Promise.all([restart(rig, 900), victim?.kill()]);
    // How long a process takes to start says nothing of how soon the others go on.
    victim?.start().catch(() => undefined);
    return times;
  },
});

/** One crash of Redis in the middle of a load that never stops. */
function redisCrash({ name, about, redis, windowMs, defects, byProxy, losesWorker, prepare }: Crash): Scenario {
  return {
    name,
    about,
    messages: { full: 6_000, selfTest: 1_000, small: 200 },
    rig: { redis, ...(byProxy === true && { redisByProxy: true }) },
    defects,
    async run({ rig, messages, patienceMs, say }) {
      const seconds = Math.max(6, messages / 300);
      // Half of them wait already: of what Redis forgets, some was accepted long before and just sent.
      const channel = await rig.addChannel({ pacePerSecond: Math.ceil(messages / seconds) });
      // Calls that began before the lost moment must be held, whoever died: some are to be under way for longer than that.
      await rig.control('PATCH', 'timing', { answerMs: losesWorker === true ? 2 * windowMs : 20 });
      // No callback: the fleet has to know by itself what it sent.
      await rig.control('POST', 'faults', { action: { kind: 'statuses', order: [] } });
      const load: Outgoing[] = Array.from({ length: messages }, (_, at) => ({
        channelId: channel.id,
        to: recipient(at),
        text: `number ${at}`,
        key: `${name}-${at}`,
      }));
      const half = Math.floor(messages / 2);
      const strike = await prepare(rig);
      const waiting = await produceBatch(rig, load.slice(0, half));
      const producing = produce(rig, load.slice(half), { sockets: 64, perSecond: half / seconds });
      await delay((seconds * 1_000) / 2);
      const { diedAt, backAt } = await strike();
      // The rest goes at the usual pace.
      await rig.control('PATCH', 'timing', { answerMs: 20 });
      const probe = { channelId: channel.id, to: recipient(8_000_000), text: 'probe', key: `${name}-probe` };
      const takes = await until(async () => (await post(rig, probe)).status === 202, recoveryMostMs);
      const takesAfterMs = Date.now() - backAt;
      const sends = await until(
        async () => (await readCalls(rig)).size > 0 && (await sentSince(rig, channel.phoneNumberId, backAt)),
        recoveryMostMs,
      );
      const sendsAfterMs = Date.now() - backAt;
      const { accepted: streamed, refusals, givenUp } = await producing;
      const accepted = [...waiting, ...streamed];
      say(
        `back ${backAt - diedAt} ms after the crash; accepts after ${takesAfterMs} ms, sends after ${sendsAfterMs} ms`,
      );

      const books = await settle(rig, channel, accepted, patienceMs);
      const calls = await readCalls(rig);
      const lost = accepted.filter(({ id }) => books.get(id)?.status === 'lost');
      const lostTooEarly = lost.filter(
        ({ answeredAt }) => answeredAt < diedAt - windowMs || answeredAt > backAt || windowMs === 0,
      );
      const twice = blindResends(books, calls);
      const firstSentAt = losesWorker === true ? await firstCalls(rig) : new Map<string, number>();
      const excused = twice.filter((id) => {
        const at = firstSentAt.get(id) ?? 0;
        return at > diedAt - windowMs && at < backAt && calls.get(id)?.taken === 2;
      });
      return {
        checks: [
          check(
            'recovers unaided within 30 s',
            takes && sends,
            `accepts after ${takesAfterMs} ms, sends after ${sendsAfterMs} ms`,
          ),
          none(
            windowMs === 0
              ? 'accepted and lost'
              : `accepted more than ${windowMs / 1_000} s before the crash, and lost`,
            lostTooEarly.length,
          ),
          none('never accepted although repeated', givenUp),
          none('still pending', tally(books)['accepted'] ?? 0),
          none(
            losesWorker === true
              ? 'sent twice without the label, and not for the first time in the lost moment'
              : 'sent twice without the label',
            twice.length - excused.length,
          ),
          none('dead', tally(books)['failed'] ?? 0),
          none(
            'in the books as sent, and not at the provider',
            [...books].filter(([id, row]) => isOut(row) && !calls.has(id)).length,
          ),
        ],
        figures: {
          ...tally(books),
          'accepted within the window, and lost': lost.length,
          ...(losesWorker === true && { 'sent twice, for what the worker knew died with it': excused.length }),
          'of those sent all the same': lost.filter(({ id }) => calls.has(id)).length,
          ...Object.fromEntries([...refusals].map(([what, times]) => [`requests repeated after: ${what}`, times])),
        },
      };
    },
  };
}

async function sentSince(rig: Rig, account: string, sinceMs: number): Promise<boolean> {
  const seen = await followHistory(rig).stop();
  return seen.some((one) => one.account === account && one.atMs > sinceMs);
}

async function firstCalls(rig: Rig): Promise<ReadonlyMap<string, number>> {
  const firstById = new Map<string, number>();
  for (const { callbackData, atMs } of await followHistory(rig).stop())
    if (callbackData !== null && !firstById.has(callbackData)) firstById.set(callbackData, atMs);
  return firstById;
}
