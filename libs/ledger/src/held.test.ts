import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { failed } from '@posthorn/outcome';
import type { ClaimResult } from './claim.ts';
import type { Activation, StatusInput, SweepOptions } from './ledger.ts';
import type { OpenLedger } from './testing/open-ledger.ts';
import { anna, external, openLedger } from './testing/open-ledger.ts';

const graceMs = 900_000;
const dayMs = 86_400_000;

let open: OpenLedger;
beforeEach(async () => {
  open = await openLedger();
});
afterEach(async () => {
  await open.close();
});

async function claim(task: Activation): Promise<Extract<ClaimResult, { kind: 'go' }>> {
  const claimed = await open.ledger.claim(task, null);
  if (claimed.kind !== 'go') throw new Error(`expected go, came ${claimed.kind}`);
  return claimed;
}

/** A message whose call got no answer. */
async function held(more: Parameters<OpenLedger['accept']>[1] = {}): Promise<Activation & { token: string }> {
  const task = await open.accept(anna, more);
  const { token } = await claim(task);
  const failure = failed('no_answer');
  await open.ledger.record(
    task,
    token,
    { kind: 'hold', code: 'no_answer', failure },
    { attempt: 1, durationMs: 20_000 },
  );
  return { ...task, token };
}

async function done(task: Activation, token: string, id: string): Promise<void> {
  await open.ledger.record(task, token, { kind: 'done', externalId: external(id) }, { attempt: 1, durationMs: 1 });
}

async function sweep(heldPolicy: SweepOptions['heldPolicy'] = 'hold') {
  return await open.ledger.sweep(open.channel, { idleMs: 60_000, heldGraceMs: graceMs, heldPolicy, nowMs: open.now() });
}

async function shown(task: Activation) {
  return (await open.ledger.get(open.channel, task.messageId))?.message;
}

const sentAt = (atMs: number): StatusInput => ({
  externalId: external('wamid.1'),
  messageId: null,
  status: 'sent',
  atMs,
});

const second = (task: Activation): Activation => ({ ...task, generation: 2 });

describe('a held message, after the grace time', () => {
  it('stays held under hold, is listed, and lets its followers go', async () => {
    const task = await held();
    const next = await open.accept();
    expect((await open.ledger.held(open.channel, { from: 0, count: 10 })).messages[0]).toMatchObject({ blocks: true });
    open.advance(graceMs);
    expect(await sweep()).toMatchObject({ passed: 1, resent: 0 });
    expect(await open.jobs()).toContain(open.jobIdOf(next));
    const { total, messages } = await open.ledger.held(open.channel, { from: 0, count: 10 });
    expect(total).toBe(1);
    expect(messages[0]).toMatchObject({ message: { id: task.messageId, status: 'held' }, blocks: false, lookUps: 0 });
  });

  it('is sent again at its place under resend, once, labelled as a possible duplicate', async () => {
    const task = await held();
    const next = await open.accept();
    open.advance(graceMs);
    expect(await sweep('resend')).toMatchObject({ passed: 0, resent: 1 });
    expect(await open.jobs()).toContain(open.jobIdOf(second(task)));
    expect(await open.jobs()).not.toContain(open.jobIdOf(next));
    expect(await shown(task)).toMatchObject({ status: 'accepted', generation: 2, possibleDuplicate: true });
    const again = await claim(second(task));
    expect(again.attempt).toBe(2);
    const failure = failed('no_answer');
    await open.ledger.record(
      second(task),
      again.token,
      { kind: 'hold', code: 'no_answer', failure },
      { attempt: 2, durationMs: 1 },
    );
    open.advance(graceMs);
    expect(await sweep('resend')).toMatchObject({ passed: 1, resent: 0 });
    const timeline = (await open.ledger.get(open.channel, task.messageId))?.timeline ?? [];
    expect(timeline.map(({ what }) => what)).toEqual(['accepted', 'attempt', 'resent', 'attempt', 'passed']);
    const events = await open.ledger.events(open.channel, { limit: 20 });
    expect(events.filter(({ messageId }) => messageId === task.messageId)).toMatchObject([
      { type: 'message.accepted', generation: 1 },
      { type: 'message.held', generation: 1 },
      { type: 'message.accepted', generation: 2, possibleDuplicate: true },
      { type: 'message.held', generation: 2 },
    ]);
  });

  it('is not sent again once it has expired', async () => {
    await held({ expiresAt: open.now() + 60_000 });
    open.advance(graceMs);
    expect(await sweep('resend')).toMatchObject({ passed: 1, resent: 0 });
  });

  it('is given up after 30 days, with a dead letter still to be written', async () => {
    const task = await held();
    open.advance(graceMs);
    await sweep();
    open.advance(30 * dayMs);
    expect(await sweep()).toMatchObject({ ended: 1 });
    expect(await shown(task)).toMatchObject({ status: 'failed', failure: { code: 'outcome_unknown' } });
    const [late] = await open.ledger.late(open.channel);
    if (late === undefined) throw new Error('expected a failure to deal with');
    expect(late).toMatchObject({ messageId: task.messageId, generation: 1, code: 'outcome_unknown' });
    expect(await open.ledger.late(open.channel)).toHaveLength(1); // until it has been dealt with
    await open.ledger.dealtWith(open.channel, late);
    expect(await open.ledger.late(open.channel)).toEqual([]);
    expect((await open.ledger.held(open.channel, { from: 0, count: 1 })).total).toBe(0);
  });
});

describe('evidence of the first try', () => {
  it('settles a held message by a look-up, with what was told early', async () => {
    const task = await held();
    await open.ledger.status(open.channel, {
      externalId: external('SM1'),
      messageId: null,
      status: 'delivered',
      atMs: open.now(),
    });
    await open.ledger.noteLookUp(task, 'no hit');
    expect((await open.ledger.held(open.channel, { from: 0, count: 1 })).messages[0]).toMatchObject({ lookUps: 1 });
    await open.ledger.settleHeld(task, external('SM1'), 'found at the provider');
    expect(await shown(task)).toMatchObject({ status: 'delivered', externalId: 'SM1' });
    expect(await open.ledger.known(open.channel, [external('SM1'), external('SM2')])).toEqual(
      new Set([external('SM1')]),
    );
    expect((await open.ledger.held(open.channel, { from: 0, count: 1 })).total).toBe(0);
  });

  it.each(['a late answer', 'a callback with our id'])('stops a second one that has not gone yet: %s', async (what) => {
    const task = await held();
    open.advance(graceMs);
    await sweep('resend');
    if (what === 'a late answer') await done(task, task.token, 'wamid.1');
    else await open.ledger.status(open.channel, { ...sentAt(open.now()), messageId: task.messageId });
    expect(['submitted', 'sent']).toContain((await shown(task))?.status);
    expect(await open.ledger.claim(second(task), null)).toEqual({ kind: 'settled' });
  });
});

describe('ops', () => {
  it('release one at its place while its conversation waits for it', async () => {
    const task = await held();
    const next = await open.accept();
    expect(await open.ledger.release(open.channel, task.messageId, { by: 'ann', why: 'asked' })).toEqual({
      kind: 'released',
    });
    expect(await shown(task)).toMatchObject({ status: 'accepted', possibleDuplicate: true, outOfOrder: false });
    const { token } = await claim(second(task));
    await done(second(task), token, 'wamid.2');
    expect(await open.ledger.claim(next, null)).toMatchObject({ kind: 'go' });
    expect(await open.ledger.release(open.channel, task.messageId, { by: 'ann' })).toEqual({
      kind: 'not_held',
      status: 'submitted',
    });
  });

  it('release one at the tail, marked, when others may have gone first', async () => {
    const task = await held();
    const next = await open.accept();
    open.advance(graceMs);
    await sweep();
    await open.ledger.release(open.channel, task.messageId, { by: 'ann' });
    expect(await shown(task)).toMatchObject({ status: 'accepted', outOfOrder: true });
    expect(await open.ledger.claim(second(task), null)).toEqual({ kind: 'settled' }); // not its turn
    const { token } = await claim(next);
    await done(next, token, 'wamid.2');
    expect(await claim(second(task))).toMatchObject({ kind: 'go' });
  });

  it('discard one: it is dead, its follower goes, and a replay of it is a possible duplicate', async () => {
    const task = await held();
    const next = await open.accept();
    const action = { by: 'ann', why: 'called +4915112345678' };
    expect(await open.ledger.discard(open.channel, task.messageId, action)).toEqual({
      kind: 'discarded',
      generation: 1,
    });
    expect(await open.ledger.discard(open.channel, task.messageId, action)).toEqual({
      kind: 'discarded',
      generation: 1,
    });
    expect(await open.jobs()).toContain(open.jobIdOf(next));
    const timeline = (await open.ledger.get(open.channel, task.messageId))?.timeline ?? [];
    expect(timeline.at(-1)).toMatchObject({ what: 'discarded', note: 'by ann: called +…' });
    await open.ledger.replay(open.channel, task.messageId, 1, 'ann');
    expect(await shown(task)).toMatchObject({ status: 'accepted', possibleDuplicate: true });
  });
});
