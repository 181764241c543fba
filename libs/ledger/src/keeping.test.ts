import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { InboundMessage } from '@posthorn/message';
import { toInboundId } from '@posthorn/message';
import { ulid } from 'ulid';
import type { Activation } from './ledger.ts';
import { anna, external, openLedger, type OpenLedger } from './testing/open-ledger.ts';

const [hourMs, dayMs] = [3_600_000, 86_400_000];
let open: OpenLedger;
beforeAll(async () => {
  open = await openLedger();
});
beforeEach(async () => {
  await open.ledger.keepContent(open.channel, null);
  await open.redis.del(`posthorn:{${open.channel.id}}:fan`);
});
afterAll(() => open.close());

const keyOf = (what: string, id: string): string => `posthorn:{${open.channel.id}}:${what}:${id.slice(-26)}`;
/** How long content is there, in hours; 0: it is gone, -1: for as long as its record. */
const hoursLeft = async (what: 's' | 'i', id: string): Promise<number> => {
  const ms = await open.redis.pttl(keyOf(what, id));
  return ms < 0 ? ms + (ms === -2 ? 2 : 0) : Math.round(ms / hourMs);
};
const exchange = { attempt: 1, durationMs: 1 };

async function submitted(externalId: string): Promise<Activation> {
  const activation = await open.accept();
  const claim = await open.ledger.claim(activation, null);
  if (claim.kind !== 'go') throw new Error(`expected go, came ${claim.kind}`);
  await open.ledger.record(activation, claim.token, { kind: 'done', externalId: external(externalId) }, exchange);
  return activation;
}

async function told(externalId: string, status: 'delivered' | 'read' | 'failed'): Promise<void> {
  const failure = { kind: 'failed', code: 'rejected', then: 'stop' } as const;
  await open.ledger.status(open.channel, {
    externalId: external(externalId),
    messageId: null,
    status,
    atMs: open.now(),
    ...(status === 'failed' && { failure }),
  });
}

async function received(): Promise<string> {
  const id = toInboundId(open.channel.id, ulid());
  const at = new Date(open.now()).toISOString();
  const message: Omit<InboundMessage, 'id' | 'channelId'> = {
    externalId: external(id),
    from: anna,
    sentAt: at,
    receivedAt: at,
    content: { type: 'text', text: 'hello' },
  };
  await open.ledger.receive(open.channel, id, message);
  return id;
}

describe('content, where its tenant says how long it is kept', () => {
  it('is kept by default 7 days after a message is out, 31 days of a failed or received one', async () => {
    const [out, dead] = [await submitted('default-1'), await submitted('default-2')];
    await told('default-1', 'delivered');
    await told('default-2', 'failed');
    expect([
      await hoursLeft('s', out.messageId),
      await hoursLeft('s', dead.messageId),
      await hoursLeft('i', await received()),
    ]).toEqual([168, 744, 744]);
  });

  it('stays while a message may still fail and be sent again, and ends so long after it was delivered', async () => {
    await open.ledger.keepContent(open.channel, 2 * hourMs);
    const { messageId } = await submitted('kept-1');
    expect(await hoursLeft('s', messageId)).toBe(24);
    await told('kept-1', 'delivered');
    expect(await hoursLeft('s', messageId)).toBe(2);
    await open.redis.pexpire(keyOf('s', messageId), hourMs);
    await told('kept-1', 'read');
    expect(await hoursLeft('s', messageId)).toBe(1);
  });

  it('is gone as soon as a message is final, where it is not kept at all; then it cannot be replayed', async () => {
    await open.ledger.keepContent(open.channel, 0);
    const cancelled = await open.accept();
    await open.ledger.cancel(open.channel, cancelled.messageId);
    const [delivered, dead] = [await submitted('none-1'), await submitted('none-2')];
    await told('none-1', 'delivered');
    await told('none-2', 'failed');
    for (const { messageId } of [cancelled, delivered, dead]) {
      expect(await open.redis.exists(keyOf('s', messageId))).toBe(0);
      expect((await open.ledger.get(open.channel, messageId))?.message.sealed).toBeNull();
    }
    expect(await open.ledger.replay(open.channel, dead.messageId, 1, 'test')).toEqual({ kind: 'content_gone' });
  });

  it('is kept for up to 31 days', async () => {
    await open.ledger.keepContent(open.channel, 31 * dayMs);
    const { messageId } = await submitted('long-1');
    await told('long-1', 'delivered');
    expect([await hoursLeft('s', messageId), await hoursLeft('i', await received())]).toEqual([744, 744]);
  });

  it('of a received message stays until all who want it were told, and can be read for an hour', async () => {
    await open.ledger.keepContent(open.channel, 0);
    expect(await hoursLeft('i', await received())).toBe(1);
    await open.redis.set(`posthorn:{${open.channel.id}}:fan`, '0-0');
    const id = await received();
    expect(await hoursLeft('i', id)).toBe(192);
    const [event] = (await open.ledger.events(open.channel, { limit: 1000 })).slice(-1);
    if (event === undefined) throw new Error('expected the event of what was received');
    // Its position is of Redis' time, which this test does not move.
    open.advance(Number(event.position.split('-')[0]) - open.now());
    const pointer = { position: event.position, type: event.type, ulid: id.slice(-26) };
    await open.ledger.told(open.channel, pointer, 'sub_one', ['sub_one', 'sub_two']);
    expect(await hoursLeft('i', id)).toBe(192);
    await open.ledger.told(open.channel, pointer, 'sub_two', ['sub_one', 'sub_two']);
    expect(await hoursLeft('i', id)).toBe(1);
  });

  it('that ended before comes into line, also after a crash in between, and only where the time grew shorter', async () => {
    const [out, dead, waits] = [await submitted('old-1'), await submitted('old-2'), await open.accept()];
    await told('old-1', 'delivered');
    await told('old-2', 'failed');
    const inbound = await received();
    expect(await open.ledger.keepContent(open.channel, 3 * hourMs)).toBe('behind');
    // Whoever was to bring it into line died.
    expect(await open.ledger.keepContent(open.channel, 3 * hourMs)).toBe('behind');
    await open.ledger.keepOlder(open.channel);
    const left = async () => [
      await hoursLeft('s', out.messageId),
      await hoursLeft('s', dead.messageId),
      await hoursLeft('i', inbound),
      await hoursLeft('s', waits.messageId),
    ];
    expect(await left()).toEqual([3, 3, 3, -1]);
    expect(await open.ledger.keepContent(open.channel, 5 * hourMs)).toBe('in_line');
    expect(await open.ledger.keepContent(open.channel, 4 * hourMs)).toBe('behind');
    await open.ledger.keepOlder(open.channel);
    expect(await left()).toEqual([3, 3, 3, -1]);
    expect(await open.ledger.keepContent(open.channel, null)).toBe('in_line');
  });
});
