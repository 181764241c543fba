import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createSilentLog, systemClock } from '@posthorn/runtime';
import { Redis } from 'ioredis';
import type { Share } from './create-share.ts';
import { createShare } from './create-share.ts';

const group = `share-${randomBytes(4).toString('hex')}`;
const queues = Array.from({ length: 12 }, (_, at) => `queue-${at}`);
const byTwo = new Map(queues.map((queue) => [queue, 2]));

interface Member {
  readonly share: Share<string>;
  readonly mine: () => ReadonlySet<string>;
  readonly sets: () => number;
  readonly redis: Redis;
}

const url = process.env['POSTHORN_TEST_REDIS_URL'] ?? '';
const open: Member[] = [];
let admin: Redis;
beforeAll(() => {
  admin = new Redis(url);
});
afterEach(async () => {
  for (const { share, redis } of open.splice(0)) {
    await share.leave();
    redis.disconnect();
  }
  await admin.del(`posthorn:{${group}}:live`);
});
afterAll(async () => {
  await admin.quit();
});

async function join({ lingerMs = 100, lookEveryMs = 100 } = {}): Promise<Member> {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  let mine: ReadonlySet<string> = new Set();
  let sets = 0;
  const share = await createShare<string>({
    redis,
    group,
    refresh: async () => await Promise.resolve(),
    serve: (next) => {
      mine = next;
      sets += 1;
    },
    clock: systemClock,
    log: createSilentLog(),
    lingerMs,
    lookEveryMs,
  });
  share.offer(byTwo);
  const member = { share, mine: () => mine, sets: () => sets, redis };
  open.push(member);
  return member;
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await delay(20);
}

const servedBy = (queue: string, members: readonly Member[]) => members.filter(({ mine }) => mine().has(queue)).length;

describe('a share', () => {
  it('is everything for one or two, is two of three each, and goes to the others when one leaves', async () => {
    const one = await join();
    expect(one.mine().size).toBe(12);
    const two = await join();
    expect(two.mine().size).toBe(12);
    const three = await join();
    // At once those that are its own, before the others have let go of them.
    expect(three.mine().size).toBeGreaterThan(0);
    expect(queues.every((queue) => servedBy(queue, [one, two, three]) >= 2)).toBe(true);
    await until(() => queues.every((queue) => servedBy(queue, [one, two, three]) === 2));

    await two.share.leave();
    await until(() => one.mine().size === 12 && three.mine().size === 12);
  });

  it('grows when another dies without a word, and a queue that is gone is dropped at once', async () => {
    const one = await join();
    const two = await join();
    const three = await join();
    await until(() => queues.every((queue) => servedBy(queue, [one, two, three]) === 2));
    three.redis.disconnect();
    await until(() => one.mine().size === 12 && two.mine().size === 12);
    one.share.offer(new Map([['queue-0', 2]]));
    expect(one.mine()).toEqual(new Set(['queue-0']));
  });

  it('stays while Redis does not answer, and while it has forgotten who lives', async () => {
    // Nobody is missed for so long that a slow machine takes one for dead.
    const usual = { lingerMs: 0, lookEveryMs: 1_000 };
    const members = [await join(usual), await join(usual), await join(usual)];
    await until(() => queues.every((queue) => servedBy(queue, members) === 2));
    const before = members.map(({ mine, sets }) => [mine(), sets()]);
    await admin.del(`posthorn:{${group}}:live`);
    await admin.client('PAUSE', 500);
    for (const { redis } of members.slice(1)) redis.disconnect(true);
    // Everyone has given a sign again.
    while ((await admin.hlen(`posthorn:{${group}}:live`)) < 3) await delay(20);
    expect(members.map(({ mine, sets }) => [mine(), sets()])).toEqual(before);
  });
});
