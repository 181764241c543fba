import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Failed } from '@posthorn/outcome';
import { failed } from '@posthorn/outcome';
import type { Activation, StatusInput } from './ledger.ts';
import type { OpenLedger } from './testing/open-ledger.ts';
import { anna, external, openLedger } from './testing/open-ledger.ts';

let open: OpenLedger;
beforeEach(async () => {
  open = await openLedger();
});
afterEach(async () => {
  await open.close();
});

const final = failed('recipient_unreachable');
const temporary = failed('provider_unavailable', { delayMs: 15_000 });

const told = (status: StatusInput['status'], failure: Failed = temporary, id = 'SM1'): StatusInput => ({
  externalId: external(id),
  messageId: null,
  status,
  atMs: 1_800_000_000_000,
  failure: status === 'failed' ? failure : undefined,
});

async function claim(task: Activation) {
  const claimed = await open.ledger.claim(task, null);
  if (claimed.kind !== 'go') throw new Error(`expected go, came ${claimed.kind}`);
  return claimed;
}

async function record(task: Activation, token: string, id = 'SM1'): Promise<void> {
  await open.ledger.record(task, token, { kind: 'done', externalId: external(id) }, { attempt: 1, durationMs: 1 });
}

async function submitted(id = 'SM1'): Promise<Activation> {
  const task = await open.accept();
  await record(task, (await claim(task)).token, id);
  return task;
}

async function shown(task: Activation) {
  return (await open.ledger.get(open.channel, task.messageId))?.message;
}

const life = (task: Activation, generation: number): Activation => ({ ...task, generation });

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

/** What a sweep does about failures that came early. */
async function sweepLate(): Promise<void> {
  for (const failure of await open.ledger.late(open.channel)) await open.ledger.dealtWith(open.channel, failure);
}

describe('a failure told later, that may be retried', () => {
  it('starts a new generation after the rule’s delay, with its attempts counted', async () => {
    const task = await submitted();
    expect(await open.ledger.status(open.channel, told('failed'))).toMatchObject({
      kind: 'applied',
      generation: 1,
      now: 'accepted',
      later: { code: 'provider_unavailable', scope: 'message', pauses: false },
    });
    expect(await open.jobs()).toContain(open.jobIdOf(life(task, 2)));
    expect(await open.ledger.claim(life(task, 2), null)).toEqual({ kind: 'wait', waitMs: 16_500 });
    open.advance(16_500);
    expect(await claim(life(task, 2))).toMatchObject({ attempt: 2, spentIds: 1 });
    const timeline = (await open.ledger.get(open.channel, task.messageId))?.timeline ?? [];
    expect(timeline.map(({ what }) => what)).toEqual(['accepted', 'attempt', 'status', 'retried']);
    expect(timeline.at(-1)).toMatchObject({ code: 'provider_unavailable', afterMs: 16_500, generation: 2 });
  });

  it('ends the message where the table allows no more tries', async () => {
    const once = failed('media_unavailable', { attemptsMax: 2 });
    const task = await submitted();
    await open.ledger.status(open.channel, told('failed', once));
    open.advance(10_000);
    await record(life(task, 2), (await claim(life(task, 2))).token, 'SM2');
    expect(await open.ledger.status(open.channel, told('failed', once, 'SM2'))).toMatchObject({
      kind: 'applied',
      generation: 2,
      now: 'failed',
    });
  });

  it('told again after a later life died says so of that life, so that no letter is written for the earlier one', async () => {
    const task = await submitted();
    await open.ledger.status(open.channel, told('failed'));
    open.advance(60_000);
    await record(life(task, 2), (await claim(life(task, 2))).token, 'SM2');
    await open.ledger.status(open.channel, told('failed', final, 'SM2'));
    expect(await open.ledger.status(open.channel, told('failed'))).toMatchObject({ kind: 'repeat', generation: 2 });
  });

  it('ends the message that would expire before its next try', async () => {
    const task = await submitted();
    open.advance(86_400_000 - 10_000);
    expect(await open.ledger.status(open.channel, told('failed'))).toMatchObject({ now: 'failed' });
    expect(await shown(task)).toMatchObject({ failure: { code: 'provider_unavailable' } });
  });

  it('of a throttle spends no attempt, and holds back the channel', async () => {
    const task = await submitted();
    const slow = failed('throttled', { scope: 'channel', delayMs: 60_000 });
    expect(await open.ledger.status(open.channel, told('failed', slow))).toMatchObject({ later: { scope: 'channel' } });
    const other = await open.accept();
    expect((await open.ledger.get(open.channel, task.messageId))?.waitsFor).toMatchObject({
      kind: 'channel_throttled',
    });
    expect(other.generation).toBe(1);
    open.advance(70_000);
    expect(await claim(life(task, 2))).toMatchObject({ attempt: 1, waits: 1 });
  });

  it('told again changes nothing, and a delivery of the old life counts', async () => {
    const task = await submitted();
    await open.ledger.status(open.channel, told('failed'));
    expect(await open.ledger.status(open.channel, told('failed'))).toMatchObject({ kind: 'repeat', now: 'accepted' });
    expect(await open.ledger.status(open.channel, told('sent'))).toMatchObject({ kind: 'repeat', now: 'accepted' });
    expect(await open.ledger.status(open.channel, told('delivered'))).toMatchObject({ now: 'delivered' });
    open.advance(60_000);
    expect(await open.ledger.claim(life(task, 2), null)).toEqual({ kind: 'settled' });
  });

  it('that comes before the answer is written down is dealt with after it', async () => {
    const task = await open.accept();
    const { token } = await claim(task);
    expect(await open.ledger.status(open.channel, { ...told('failed'), messageId: task.messageId })).toEqual({
      kind: 'unmatched',
    });
    expect(await open.ledger.late(open.channel)).toEqual([]); // the answer is on its way
    await record(task, token);
    expect(await open.ledger.late(open.channel)).toMatchObject([
      { code: null, later: { code: 'provider_unavailable' } },
    ]);
    await sweepLate();
    expect(await shown(task)).toMatchObject({ status: 'accepted', generation: 2 });
    expect(await open.ledger.late(open.channel)).toEqual([]);
  });

  it('that comes early and is final still gets its dead letter', async () => {
    const task = await open.accept();
    const { token } = await claim(task);
    await open.ledger.status(open.channel, told('failed', final));
    await record(task, token);
    expect(await open.ledger.late(open.channel)).toMatchObject([{ generation: 1, code: 'recipient_unreachable' }]);
    expect((await shown(task))?.status).toBe('failed');
  });
});

describe('the same callbacks, in any order, before or after the answer', () => {
  const sets = [
    { of: ['sent', 'delivered', 'read'], ends: 'read' },
    { of: ['sent', 'failed'], ends: 'accepted' },
    { of: ['sent', 'failed', 'delivered'], ends: 'delivered' },
    { of: ['sent', 'final'], ends: 'failed' },
    { of: ['final', 'delivered', 'read'], ends: 'read' },
  ] as const;
  it.each(sets)('$of: $ends', async ({ of, ends }) => {
    for (const [at, steps] of permutations<string>([...of, 'answer']).entries()) {
      const id = `SM${at}`;
      const task = await open.accept(anna, { ordered: false });
      const { token } = await claim(task);
      for (const step of steps) {
        if (step === 'answer') await record(task, token, id);
        else if (step === 'final') await open.ledger.status(open.channel, told('failed', final, id));
        else if (step === 'sent' || step === 'delivered' || step === 'read' || step === 'failed')
          await open.ledger.status(open.channel, told(step, temporary, id));
        await sweepLate();
      }
      expect({ steps, status: (await shown(task))?.status }).toEqual({ steps, status: ends });
    }
  });
});
