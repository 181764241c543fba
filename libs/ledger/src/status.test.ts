import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mayFollow } from '@posthorn/message';
import { failed } from '@posthorn/outcome';
import type { Activation, StatusInput } from './ledger.ts';
import type { OpenLedger } from './testing/open-ledger.ts';
import { external, openLedger } from './testing/open-ledger.ts';

let open: OpenLedger;
beforeEach(async () => {
  open = await openLedger();
});
afterEach(async () => {
  await open.close();
});

const told = (status: StatusInput['status'], id = 'wamid.1'): StatusInput => ({
  externalId: external(id),
  messageId: null,
  status,
  atMs: 1_800_000_000_000,
  failure: status === 'failed' ? failed('recipient_unreachable') : undefined,
});

async function claimed(): Promise<{ task: Activation; token: string }> {
  const task = await open.accept();
  const claim = await open.ledger.claim(task, null);
  if (claim.kind !== 'go') throw new Error(`expected go, came ${claim.kind}`);
  return { task, token: claim.token };
}

async function submitted(id = 'wamid.1'): Promise<Activation> {
  const { task, token } = await claimed();
  await open.ledger.record(task, token, { kind: 'done', externalId: external(id) }, { attempt: 1, durationMs: 1 });
  return task;
}

async function shown(task: Activation) {
  return (await open.ledger.get(open.channel, task.messageId))?.message;
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

describe('status callbacks', () => {
  it('tell with their event what the provider said besides, and only with theirs', async () => {
    await submitted();
    const more = { conversation: { id: 'c1', origin: { type: 'marketing' } } };
    await open.ledger.status(open.channel, { ...told('delivered'), more });
    await open.ledger.status(open.channel, told('read'));
    const events = await open.ledger.events(open.channel, { limit: 10 });
    expect(events.map((event) => [event.type, event.more, event.outOfOrder])).toEqual([
      ['message.accepted', null, false],
      ['message.submitted', null, false],
      ['message.delivered', more, false],
      ['message.read', null, false],
    ]);
  });

  it.each(permutations(['sent', 'delivered', 'read'] as const).map((order) => ({ order })))(
    'end in read, in the order $order',
    async ({ order }) => {
      const task = await submitted();
      for (const status of [...order, ...order]) await open.ledger.status(open.channel, told(status));
      expect((await shown(task))?.status).toBe('read');
    },
  );

  it.each(permutations(['sent', 'failed'] as const).map((order) => ({ order })))(
    'end in failed, in the order $order',
    async ({ order }) => {
      const task = await submitted();
      for (const status of order) await open.ledger.status(open.channel, told(status));
      expect(await shown(task)).toMatchObject({ status: 'failed', failure: { code: 'recipient_unreachable' } });
    },
  );

  it('follow one another as `mayFollow` of libs/message says, which the scripts have to say for themselves', async () => {
    const statuses = ['sent', 'delivered', 'read', 'played', 'failed'] as const;
    for (const current of statuses) {
      for (const next of statuses) {
        const id = `wamid.${current}.${next}`;
        const task = await submitted(id);
        for (const status of [current, next]) await open.ledger.status(open.channel, told(status, id));
        const expected = mayFollow(next, current) ? next : current;
        expect([current, next, (await shown(task))?.status]).toEqual([current, next, expected]);
      }
    }
  });

  it('never undo a delivery by a late failure', async () => {
    const task = await submitted();
    await open.ledger.status(open.channel, told('delivered'));
    expect(await open.ledger.status(open.channel, told('failed'))).toMatchObject({ kind: 'repeat', now: 'delivered' });
    expect((await shown(task))?.status).toBe('delivered');
  });

  it('tell each event once', async () => {
    await submitted();
    for (const status of ['sent', 'sent', 'delivered', 'delivered'] as const)
      await open.ledger.status(open.channel, told(status));
    const events = await open.ledger.events(open.channel, { limit: 20 });
    expect(events.map(({ type }) => type)).toEqual([
      'message.accepted',
      'message.submitted',
      'message.sent',
      'message.delivered',
    ]);
  });

  it('that come before the answer is written down wait for it', async () => {
    const { task, token } = await claimed();
    expect(await open.ledger.status(open.channel, told('sent'))).toEqual({ kind: 'unmatched' });
    expect(await open.ledger.status(open.channel, told('delivered'))).toEqual({ kind: 'unmatched' });
    await open.ledger.record(
      task,
      token,
      { kind: 'done', externalId: external('wamid.1') },
      { attempt: 1, durationMs: 1 },
    );
    expect((await shown(task))?.status).toBe('delivered');
  });

  it('that carry our id settle a message whose answer was lost, and its follower goes on', async () => {
    const { task } = await claimed();
    const next = await open.accept();
    await open.ledger.claim(task, null); // found open: held
    expect(await open.ledger.status(open.channel, { ...told('sent'), messageId: task.messageId })).toMatchObject({
      kind: 'applied',
      now: 'sent',
    });
    expect(await open.jobs()).toContain(open.jobIdOf(next));
    expect((await shown(task))?.externalId).toBe('wamid.1');
    await open.ledger.status(open.channel, told('read'));
    expect((await shown(task))?.status).toBe('read');
  });

  it('of another channel’s message are kept as unmatched', async () => {
    const other = await openLedger();
    try {
      const foreign = await other.accept();
      expect(await open.ledger.status(open.channel, { ...told('sent'), messageId: foreign.messageId })).toEqual({
        kind: 'unmatched',
      });
    } finally {
      await other.close();
    }
  });

  it('of an older life count when they deliver, and say nothing when they fail', async () => {
    const task = await submitted();
    await open.ledger.status(open.channel, told('failed'));
    await open.ledger.replay(open.channel, task.messageId, 1, 'ann');
    expect(await open.ledger.status(open.channel, told('failed'))).toMatchObject({ kind: 'repeat', now: 'accepted' });
    expect(await open.ledger.status(open.channel, told('delivered'))).toMatchObject({
      kind: 'applied',
      now: 'delivered',
    });
    expect(await open.ledger.claim({ ...task, generation: 2 }, null)).toEqual({ kind: 'settled' });
  });
});
