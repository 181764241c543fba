import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { failed } from '@posthorn/outcome';
import type { Disposition } from '@posthorn/outcome';
import { recipientSchema, type ExternalId } from '@posthorn/message';
import { anna, ben, external, openLedger, type OpenLedger } from './testing/open-ledger.ts';
import type { ClaimResult } from './claim.ts';
import type { Activation } from './ledger.ts';

let open: OpenLedger;
beforeEach(async () => {
  open = await openLedger();
});
afterEach(async () => {
  await open.close();
});

type Go = Extract<ClaimResult, { kind: 'go' }>;
const exchange = { attempt: 1, durationMs: 5 };
const done: Disposition<ExternalId> = { kind: 'done', externalId: external('wamid.1') };
const hold: Disposition<ExternalId> = { kind: 'hold', code: 'no_answer', failure: failed('no_answer') };

async function claim(activation: Activation): Promise<Go> {
  const result = await open.ledger.claim(activation, null);
  if (result.kind !== 'go') throw new Error(`expected go, came ${result.kind}`);
  return result;
}

/** What Redis had at some time, to be put back: an older copy that was restored. */
async function copy(): Promise<{ readonly restore: () => Promise<void> }> {
  const pattern = `posthorn:{${open.channel.id}}:*`;
  const dumps = await Promise.all(
    (await open.redis.keys(pattern)).map(async (key) => ({ key, dump: await open.redis.dumpBuffer(key) })),
  );
  return {
    restore: async () => {
      await open.redis.del(...(await open.redis.keys(pattern)));
      for (const { key, dump } of dumps) await open.redis.restore(key, 0, dump ?? '');
    },
  };
}

async function statusOf({ messageId }: Activation): Promise<string | undefined> {
  return (await open.ledger.get(open.channel, messageId))?.message.status;
}

describe('after Redis was restarted', () => {
  it('grants no claim, and holds nothing, until the quarantine is over', async () => {
    const fresh = await open.accept(anna);
    const claimed = await open.accept(ben);
    await claim(claimed);
    const run = `posthorn:{${open.channel.id}}:run`;
    // The first look of all finds nothing that could have been lost.
    const { runId } = await open.ledger.lookAtServer(open.channel, 5_000);
    await open.redis.set(run, 'the one before');
    expect(await open.ledger.lookAtServer(open.channel, 5_000)).toEqual({ runId, hasChanged: true });
    expect(await open.ledger.lookAtServer(open.channel, 5_000)).toEqual({ runId, hasChanged: false });
    for (const one of [fresh, claimed]) {
      expect(await open.ledger.claim(one, null)).toEqual({ kind: 'wait', waitMs: 5_000, quarantined: true });
    }
    open.advance(5_000);
    await claim(fresh);
    expect(await open.ledger.claim(claimed, null)).toEqual({ kind: 'held' });
  });

  it('takes back a claim that was lost: nobody else gets it, and its result is recorded', async () => {
    const message = await open.accept();
    const before = await copy();
    const { token, attempt } = await claim(message);
    await before.restore();
    expect(await open.ledger.restore(message, { token, attempt, isOut: false })).toEqual({ kind: 'open' });
    expect(await open.ledger.restore(message, { token, attempt, isOut: false })).toEqual({ kind: 'open' });
    expect(await open.ledger.claim(message, null)).toEqual({ kind: 'held' });
    expect(await open.ledger.record(message, token, done, exchange)).toEqual({ kind: 'recorded' });
    expect(await statusOf(message)).toBe('submitted');
  });

  it.each([
    ['submitted', done],
    ['held', hold],
  ])('takes back a claim and its result (%s), when both were lost', async (status, disposition) => {
    const message = await open.accept();
    const before = await copy();
    const { token, attempt } = await claim(message);
    await open.ledger.record(message, token, disposition, exchange);
    await before.restore();
    expect(await statusOf(message)).toBe('accepted');
    const isOut = disposition.kind === 'done';
    expect(await open.ledger.restore(message, { token, attempt, isOut })).toEqual({ kind: 'open' });
    await open.ledger.record(message, token, disposition, exchange);
    expect(await statusOf(message)).toBe(status);
    expect(await open.ledger.claim(message, null)).toEqual({ kind: 'settled' });
  });

  it('changes nothing where nothing was lost', async () => {
    const message = await open.accept();
    const { token, attempt } = await claim(message);
    await open.ledger.record(message, token, done, exchange);
    expect(await open.ledger.restore(message, { token, attempt, isOut: true })).toEqual({ kind: 'kept' });
    const retried = await open.accept(ben);
    const first = await claim(retried);
    const later: Disposition<ExternalId> = {
      kind: 'later',
      code: 'unreachable',
      afterMs: 1_000,
      spendsAttempt: true,
      scope: 'message',
      scopeMs: 0,
      pauses: false,
      failure: failed('unreachable'),
    };
    await open.ledger.record(retried, first.token, later, exchange);
    expect(await open.ledger.restore(retried, { ...first, isOut: false })).toEqual({ kind: 'kept' });
  });

  it('takes what a provider took as evidence, also where another claim is open', async () => {
    const message = await open.accept();
    const before = await copy();
    const ours = await claim(message);
    await before.restore();
    await claim(message);
    expect(await open.ledger.restore(message, { ...ours, isOut: false })).toEqual({ kind: 'lost' });
    expect(await open.ledger.restore(message, { ...ours, isOut: true })).toEqual({ kind: 'evidence' });
    await open.ledger.record(message, ours.token, done, exchange);
    expect(await statusOf(message)).toBe('submitted');
  });
});

describe('a sweep', () => {
  it('gives all heads without a job theirs at once, however many there are', async () => {
    const all = await Promise.all(
      Array.from({ length: 1_100 }, async (_, at) => open.accept(recipientSchema.parse(`+1555${1_000_000 + at}`))),
    );
    await Promise.all(all.map(async (one) => open.loseJob(open.jobIdOf(one))));
    open.advance(45_001);
    const sweep = { idleMs: 45_000, heldGraceMs: 900_000, heldPolicy: 'hold', nowMs: open.now() } as const;
    expect((await open.ledger.sweep(open.channel, sweep)).readded).toBe(1_100);
  });
});

describe('recover', () => {
  it('holds what was waiting in the copy and may have gone out since, and nothing else', async () => {
    const settled = await open.accept(anna);
    await open.ledger.record(settled, (await claim(settled)).token, done, exchange);
    const waiting = await open.accept(anna);
    const behind = await open.accept(anna);
    const dueSince = await open.accept(ben, { sendAt: open.now() + 10_000 });
    const future = await open.accept(ben, { sendAt: open.now() + 3_600_000 });
    // In the same millisecond: nobody knows what came first, so it counts as in the copy.
    const atMs = open.now();
    open.advance(60_000);
    const fresh = await open.accept(anna);

    const options = { atMs, by: 'ops' };
    expect(await open.ledger.recover(open.channel, { ...options, dryRun: true })).toEqual({ held: 3 });
    expect(await statusOf(waiting)).toBe('accepted');
    expect(await open.ledger.recover(open.channel, { ...options, dryRun: false })).toEqual({ held: 3 });
    expect(await open.ledger.recover(open.channel, { ...options, dryRun: false })).toEqual({ held: 0 });
    const all = [settled, waiting, behind, dueSince, future, fresh];
    expect(await Promise.all(all.map(statusOf))).toEqual(['submitted', 'held', 'held', 'held', 'accepted', 'accepted']);
    expect(await open.ledger.claim(waiting, null)).toEqual({ kind: 'settled' });
  });

  it('is not undone by the policy that sends held messages again', async () => {
    const message = await open.accept();
    open.advance(1);
    await open.ledger.recover(open.channel, { atMs: open.now(), dryRun: false, by: 'ops' });
    open.advance(900_000);
    const sweep = { idleMs: 1, heldGraceMs: 1, heldPolicy: 'resend', nowMs: open.now() } as const;
    expect(await open.ledger.sweep(open.channel, sweep)).toMatchObject({ resent: 0, passed: 1 });
    expect(await statusOf(message)).toBe('held');
  });
});

describe('a timeline', () => {
  it('has a bound: what it was at first stays, and what came last', async () => {
    const message = await open.accept();
    const { token } = await claim(message);
    await open.ledger.record(message, token, hold, exchange);
    for (let at = 0; at < 310; at += 1) await open.ledger.noteLookUp(message, `look ${at}`);
    const { timeline } = (await open.ledger.get(open.channel, message.messageId)) ?? { timeline: [] };
    expect(timeline).toHaveLength(300);
    expect(timeline[0]?.what).toBe('accepted');
    expect(timeline[50]?.what).toBe('shortened');
    expect(timeline.at(-1)?.note).toBe('look 309');
  });
});
