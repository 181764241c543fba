import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Outbox } from './outbox.ts';
import { createOutbox, eventsCalled } from './outbox.ts';
import type { OpenLedger } from './testing/open-ledger.ts';
import { openLedger } from './testing/open-ledger.ts';

let open: OpenLedger;
let outbox: Outbox;
beforeEach(async () => {
  open = await openLedger();
  const addJobLua = 'local function add_job() end';
  outbox = createOutbox({ redis: open.redis, addJobLua, sendQueueKeys: () => '', now: () => open.now() });
});
afterEach(async () => await open.close());

const token = (): string => randomBytes(4).toString('hex');

describe('the outbox of a channel', () => {
  it('is closed while nobody subscribes', async () => {
    await open.accept();
    expect(await outbox.take(open.channel, token(), null, 10)).toEqual({ kind: 'closed' });
  });

  it('gives what was not handed over again, moves on what was, and is given back when nothing is left', async () => {
    await outbox.open(open.channel, 0);
    const [one, two] = [await open.accept(), await open.accept()];
    const mine = token();
    const first = await outbox.take(open.channel, mine, null, 1);
    if (first.kind !== 'taken') throw new Error(first.kind);
    expect(first.events.map(({ type, ulid }) => [type, ulid])).toEqual([
      ['message.accepted', one.messageId.slice(-26)],
    ]);
    expect(await outbox.take(open.channel, token(), null, 1)).toEqual({ kind: 'busy' });
    expect(await outbox.take(open.channel, mine, null, 1)).toMatchObject({ events: first.events });

    const second = await outbox.take(open.channel, mine, first, 1);
    expect(second).toMatchObject({ events: [{ ulid: two.messageId.slice(-26) }] });
    if (second.kind !== 'taken') throw new Error(second.kind);
    expect(await outbox.take(open.channel, mine, second, 1)).toMatchObject({ kind: 'taken', events: [] });
    expect(await outbox.take(open.channel, token(), null, 1)).toMatchObject({ kind: 'taken', events: [] });
  });

  it('is not turned back by a forwarder that was slow and lost it', async () => {
    await outbox.open(open.channel, 0);
    await open.accept();
    const slow = token();
    const taken = await outbox.take(open.channel, slow, null, 10);
    await open.redis.del(`posthorn:{${open.channel.id}}:lock`);
    const other = token();
    const again = await outbox.take(open.channel, other, null, 10);
    if (taken.kind !== 'taken' || again.kind !== 'taken') throw new Error('expected both to have it');
    expect(again.events).toEqual(taken.events);
    await outbox.take(open.channel, other, again, 10);
    await open.accept();
    const late = await outbox.take(open.channel, slow, { cursor: taken.cursor, next: taken.cursor }, 10);
    expect(late).toMatchObject({ kind: 'taken', events: [{ type: 'message.accepted' }] });
  });

  it('calls once until somebody comes', async () => {
    const heard: string[] = [];
    const listener = new Redis(process.env['POSTHORN_TEST_REDIS_URL'] ?? '');
    const called = Promise.withResolvers<void>();
    listener.on('message', (_channel, id: string) => {
      if (id !== open.channel.id) return;
      heard.push(id);
      called.resolve();
    });
    await listener.subscribe(eventsCalled);
    await open.accept(); // nobody listens: no call
    await outbox.open(open.channel, 0);
    await Promise.all([open.accept(), open.accept(), open.accept()]);
    await called.promise;
    expect(heard.length).toBeLessThan(3);
    await listener.quit();
  });

  it('renders an event by its pointer when the log has forgotten it, with what its callback said', async () => {
    await outbox.open(open.channel, 0);
    await open.accept();
    const taken = await outbox.take(open.channel, token(), null, 10);
    const pointer = taken.kind === 'taken' ? taken.events[0] : undefined;
    if (pointer === undefined) throw new Error('expected an event');
    await open.redis.del(`posthorn:{${open.channel.id}}:ev`);
    expect(await open.ledger.event(open.channel, pointer)).toMatchObject({
      type: 'message.accepted',
      to: '+15550001111',
      generation: 1,
      pricing: null,
      failure: null,
    });
  });

  it('reads for those who are behind only what has been fanned out', async () => {
    await outbox.open(open.channel, 0);
    await open.accept();
    expect(await outbox.read(open.channel, '0-0', 10)).toMatchObject({ events: [], end: true, missed: false });
    const mine = token();
    const taken = await outbox.take(open.channel, mine, null, 10);
    await outbox.take(open.channel, mine, taken.kind === 'taken' ? taken : null, 10);
    await open.accept();
    expect((await outbox.read(open.channel, '0-0', 10)).events).toHaveLength(1);
  });

  it('keeps the newest 100,000 events of its log, and whatever has not been fanned out', async () => {
    const swept = { idleMs: 1_000, heldGraceMs: 1_000, heldPolicy: 'hold', nowMs: open.now() } as const;
    const key = `posthorn:{${open.channel.id}}:ev`;
    const fill = async (from: number, to: number): Promise<unknown> =>
      await open.redis.eval(
        `for at = ARGV[1], ARGV[2] do redis.call('XADD', KEYS[1], at .. '-0', 'type', 'message.read', 'at', at, 'm', '', 'g', 0) end`,
        1,
        key,
        from,
        to,
      );
    // Redis drops whole nodes of its tree, so it may keep a few more.
    const expectTrimmed = async (): Promise<void> => {
      const length = await open.redis.xlen(key);
      expect(length).toBeGreaterThanOrEqual(100_000);
      expect(length).toBeLessThan(100_500);
    };
    await fill(1, 102_000);
    await outbox.open(open.channel, 500);
    await open.ledger.sweep(open.channel, swept);
    expect(await open.redis.xlen(key)).toBe(102_000);
    const mine = token();
    const first = await outbox.take(open.channel, mine, null, 1);
    expect(first).toMatchObject({ kind: 'taken', events: [{ position: '501-0' }], missed: false });

    await outbox.take(open.channel, mine, { cursor: '500-0', next: '102000-0' }, 1);
    await open.ledger.sweep(open.channel, swept);
    await expectTrimmed();
    // Whoever is behind is told that it does not reach back to there.
    expect(await outbox.read(open.channel, '1000-0', 1)).toMatchObject({ missed: true });
    expect(await outbox.read(open.channel, '50000-0', 1)).toMatchObject({ missed: false });

    // Nobody subscribes any more, so nobody is waited for.
    await outbox.close(open.channel);
    await fill(102_001, 104_000);
    await open.ledger.sweep(open.channel, swept);
    await expectTrimmed();
  });
});
