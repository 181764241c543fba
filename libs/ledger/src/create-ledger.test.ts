import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mediaIdSchema, toInboundId, toMessageId } from '@posthorn/message';
import type { ExternalId } from '@posthorn/message';
import { failed } from '@posthorn/outcome';
import type { Disposition } from '@posthorn/outcome';
import { ulid } from 'ulid';
import type { ClaimResult } from './claim.ts';
import type { Activation } from './ledger.ts';
import type { OpenLedger } from './testing/open-ledger.ts';
import { anna, ben, external, openLedger, tenantId } from './testing/open-ledger.ts';

const pace = null;
const done = (id: string): Disposition<ExternalId> => ({ kind: 'done', externalId: external(id) });
const retry = (afterMs: number): Disposition<ExternalId> => ({
  kind: 'later',
  code: 'unreachable',
  afterMs,
  spendsAttempt: true,
  scope: 'message',
  scopeMs: 0,
  pauses: false,
  failure: failed('unreachable'),
});
const exchange = { attempt: 1, durationMs: 12 };

let open: OpenLedger;
beforeEach(async () => {
  open = await openLedger();
});
afterEach(async () => {
  await open.close();
});

function going(claim: ClaimResult): Extract<ClaimResult, { kind: 'go' }> {
  if (claim.kind !== 'go') throw new Error(`expected go, came ${claim.kind}`);
  return claim;
}

async function send(task: Activation, id: string): Promise<void> {
  const { token } = going(await open.ledger.claim(task, pace));
  await open.ledger.record(task, token, done(id), exchange);
}

async function statusOf(task: Activation): Promise<string | undefined> {
  return (await open.ledger.get(open.channel, task.messageId))?.message.status;
}

describe('accept', () => {
  it('keeps the message and gives the head of a conversation its job', async () => {
    const task = await open.accept(anna, { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' });
    const job = await open.job(open.jobIdOf(task));
    expect(JSON.parse(job['data'] ?? '')).toEqual({
      v: 1,
      channelId: open.channel.id,
      messageId: task.messageId,
      generation: 1,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    });
    const found = await open.ledger.get(open.channel, task.messageId);
    expect(found?.message).toMatchObject({
      status: 'accepted',
      tenantId,
      sealed: { to: anna, content: { type: 'text', body: 'hello' } },
    });
    expect(found?.message.expiresAt).toBe(open.now() + 86_400_000);
  });

  it('accepts the same id once, however often it is asked', async () => {
    const id = toMessageId(open.channel.id, ulid());
    const input = {
      id,
      tenantId,
      lane: 'normal',
      ordered: true,
      sealed: { to: anna, content: { type: 'text', body: 'x' } },
      sendAt: null,
      expiresAt: null,
      traceparent: null,
    } as const;
    const results = await Promise.all(
      Array.from({ length: 50 }, async () => await open.ledger.accept(open.channel, input)),
    );
    expect(results.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'repeat')).toHaveLength(49);
    expect(await open.jobs()).toHaveLength(1);
  });

  it.each(['draining', 'gone'] as const)('refuses a channel that is %s, whatever a stale cache says', async (state) => {
    await open.ledger.setState(open.channel, state);
    await expect(open.accept()).rejects.toThrow('came closed');
    expect(await open.jobs()).toEqual([]);
  });

  it('refuses what has expired already', async () => {
    await expect(open.accept(anna, { expiresAt: open.now() })).rejects.toThrow('came expired');
  });

  it('stores no text, number or callback data in the clear', async () => {
    await open.accept(anna, {
      sealed: { to: anna, content: { type: 'text', body: 'a secret text' }, callbackData: 'their-secret' },
    });
    const keys = await open.redis.keys(`posthorn:{${open.channel.id}}:*`);
    const dumps = await Promise.all(keys.map(async (key) => await open.redis.dumpBuffer(key)));
    const stored = `${keys.join(' ')} ${dumps.map((dump) => dump.toString('latin1')).join(' ')}`;
    expect(stored).not.toMatch(/15550001111|a secret text|their-secret/u);
  });

  it('tells lanes apart: a one-time code does not wait behind a campaign', async () => {
    await open.accept(anna, { lane: 'bulk' });
    await open.accept(anna, { lane: 'bulk' });
    const code = await open.accept(anna, { lane: 'high' });
    expect(await open.jobs()).toContain(open.jobIdOf(code));
    expect((await open.job(open.jobIdOf(code)))['priority']).toBe('0');
  });
});

describe('order', () => {
  it('gives only the head a job, and the next one its job when the head is submitted', async () => {
    const [first, second, third] = [await open.accept(), await open.accept(), await open.accept()];
    expect(await open.jobs()).toEqual([open.jobIdOf(first)]);
    await send(first, 'wamid.1');
    expect(await open.jobs()).toEqual([open.jobIdOf(first), open.jobIdOf(second)]);
    await send(second, 'wamid.2');
    expect(await open.jobs()).toEqual([first, second, third].map(open.jobIdOf));
  });

  it('keeps the head in front across retries', async () => {
    const [first, second] = [await open.accept(), await open.accept()];
    const { token } = going(await open.ledger.claim(first, pace));
    await open.ledger.record(first, token, retry(1_000), exchange);
    expect(await open.ledger.claim(second, pace)).toEqual({ kind: 'settled' });
    expect(await open.ledger.claim(first, pace)).toEqual({ kind: 'wait', waitMs: 1_000 });
    open.advance(1_000);
    expect(going(await open.ledger.claim(first, pace)).attempt).toBe(2);
  });

  it('lets another recipient pass', async () => {
    await open.accept(anna);
    const other = await open.accept(ben);
    expect(await open.jobs()).toContain(open.jobIdOf(other));
  });

  it('lets a message that wants no order pass', async () => {
    await open.accept(anna);
    const free = await open.accept(anna, { ordered: false });
    expect(await open.jobs()).toContain(open.jobIdOf(free));
  });

  it('adds the next one when the head is dead', async () => {
    const [first, second] = [await open.accept(), await open.accept()];
    const { token } = going(await open.ledger.claim(first, pace));
    await open.ledger.record(
      first,
      token,
      { kind: 'dead', code: 'recipient_unreachable', failure: failed('recipient_unreachable') },
      exchange,
    );
    expect(await open.jobs()).toEqual([open.jobIdOf(first), open.jobIdOf(second)]);
    expect(await open.ledger.claim(first, pace)).toEqual({ kind: 'dead', code: 'recipient_unreachable' });
  });

  it('joins a message with sendAt to the tail when it is due', async () => {
    const later = await open.accept(anna, { sendAt: open.now() + 60_000 });
    const now = await open.accept(anna);
    expect(await open.job(`${open.jobIdOf(later)}_join`)).toMatchObject({ name: 'join', delay: '60000' });
    open.advance(60_000);
    await open.ledger.join(later);
    await open.ledger.join(later);
    expect(await open.jobs()).not.toContain(open.jobIdOf(later));
    await send(now, 'wamid.now');
    expect(await open.jobs()).toContain(open.jobIdOf(later));
  });
});

describe('claim', () => {
  it('goes once: whoever finds the claim open holds the message instead of sending it again', async () => {
    const task = await open.accept();
    going(await open.ledger.claim(task, pace));
    expect(await open.ledger.claim(task, pace)).toEqual({ kind: 'held' });
    expect(await statusOf(task)).toBe('held');
    expect(await open.ledger.claim(task, pace)).toEqual({ kind: 'settled' });
  });

  it('asks for the files of a message first, and takes nothing before they are ready', async () => {
    const media = { id: mediaIdSchema.parse('med_01JD8T0Z5R4YV3W2X1Q0P9N8M7') };
    const task = await open.accept(anna, { content: { type: 'image', media } });
    const bucket = { everyMs: 6_000, burst: 1 };
    for (let asked = 0; asked < 2; asked += 1) {
      expect(await open.ledger.claim(task, bucket)).toMatchObject({
        kind: 'prepare',
        sealed: { content: { type: 'image', media } },
      });
    }
    expect(await open.ledger.claim(task, bucket, { filesAreReady: true })).toMatchObject({ kind: 'go', attempt: 1 });
  });

  it('ends a message whose time is over, at its last millisecond and not before', async () => {
    const task = await open.accept(anna, { expiresAt: open.now() + 1_000 });
    const next = await open.accept(anna);
    open.advance(1_000);
    expect(await open.ledger.claim(task, pace)).toEqual({ kind: 'settled' });
    expect(await statusOf(task)).toBe('expired');
    expect(await open.jobs()).toContain(open.jobIdOf(next));
    const other = await open.accept(ben, { expiresAt: open.now() + 1_000 });
    open.advance(999);
    expect((await open.ledger.claim(other, pace)).kind).toBe('go');
  });

  it('keeps the recipient’s pace: a burst, then one token at a time, and no attempt spent', async () => {
    const bucket = { everyMs: 6_000, burst: 2 };
    const sendNext = async (id: string): Promise<ClaimResult> => {
      const task = await open.accept(anna, { ordered: false });
      const claim = await open.ledger.claim(task, bucket);
      if (claim.kind === 'go') await open.ledger.record(task, claim.token, done(id), exchange);
      return claim;
    };
    expect((await sendNext('wamid.1')).kind).toBe('go');
    expect((await sendNext('wamid.2')).kind).toBe('go');
    expect(await sendNext('wamid.3')).toEqual({ kind: 'wait', waitMs: 6_000 });
    open.advance(6_000);
    expect((await sendNext('wamid.4')).kind).toBe('go');
    const other = await open.accept(ben);
    expect((await open.ledger.claim(other, bucket)).kind).toBe('go');
  });

  describe('of a channel whose sends are kept apart', () => {
    const spaced = async (spacingMs: number, slotMs: number | null = null): Promise<ClaimResult> =>
      await open.ledger.claim(await open.accept(anna, { ordered: false }), null, { spacingMs, slotMs });

    it('goes at once, or at a slot of its own', async () => {
      const startMs = open.now();
      expect(await spaced(13)).toMatchObject({ kind: 'go' });
      expect(await spaced(13)).toEqual({ kind: 'slot', slotMs: startMs + 13, waitMs: 13 });
      expect(await spaced(13)).toEqual({ kind: 'slot', slotMs: startMs + 26, waitMs: 26 });
      open.advance(13);
      expect(await spaced(13, startMs + 13)).toMatchObject({ kind: 'go' });
      open.advance(13);
      expect(await spaced(13, startMs + 26)).toMatchObject({ kind: 'go' });
    });

    it('coming late goes with the next ones, up to 25 ms ahead of the pace, and else at another slot', async () => {
      const startMs = open.now();
      for (let at = 0; at < 5; at += 1) await spaced(13);
      open.advance(200);
      const late = [];
      for (let at = 1; at < 5; at += 1) late.push(await spaced(13, startMs + 13 * at));
      // The first is on time for the pace, the second 13 ms ahead of it; the third would be 26 ms ahead.
      expect(late).toMatchObject([{ kind: 'go' }, { kind: 'go' }, { kind: 'go' }, { kind: 'slot', waitMs: 14 }]);
    });

    it('is given slots for 250 ms ahead; beyond, its job waits', async () => {
      expect(await spaced(125)).toMatchObject({ kind: 'go' });
      expect(await spaced(125)).toMatchObject({ kind: 'slot', waitMs: 125 });
      expect(await spaced(125)).toMatchObject({ kind: 'slot', waitMs: 250 });
      expect(await spaced(125)).toEqual({ kind: 'wait', waitMs: 375 });
      expect(await spaced(125)).toEqual({ kind: 'wait', waitMs: 375 });
    });
  });

  it.each(['message', 'recipient', 'channel'] as const)(
    'after a throttle of the %s, exactly that waits, and the attempt is given back',
    async (scope) => {
      const [task, sameRecipient, other] = [
        await open.accept(anna),
        await open.accept(anna, { ordered: false }),
        await open.accept(ben),
      ];
      const { token } = going(await open.ledger.claim(task, pace));
      const wait: Disposition<ExternalId> = {
        kind: 'later',
        code: 'throttled',
        afterMs: 5_000,
        scopeMs: 5_000,
        spendsAttempt: false,
        scope,
        pauses: false,
        failure: failed('throttled'),
      };
      await open.ledger.record(task, token, wait, exchange);
      expect((await open.ledger.claim(sameRecipient, pace)).kind).toBe(scope === 'message' ? 'go' : 'wait');
      expect((await open.ledger.claim(other, pace)).kind).toBe(scope === 'channel' ? 'wait' : 'go');
      open.advance(5_000);
      expect(going(await open.ledger.claim(task, pace))).toMatchObject({ attempt: 1, waits: 1 });
    },
  );

  it('only extends a throttle: a later, shorter one does not cut it', async () => {
    const [first, second, third] = [
      await open.accept(anna),
      await open.accept(ben),
      await open.accept(anna, { ordered: false }),
    ];
    const throttle = (afterMs: number): Disposition<ExternalId> => ({
      kind: 'later',
      code: 'throttled',
      afterMs,
      spendsAttempt: false,
      scope: 'channel',
      scopeMs: afterMs,
      pauses: false,
      failure: failed('throttled'),
    });
    const claims = [going(await open.ledger.claim(first, pace)), going(await open.ledger.claim(second, pace))];
    await open.ledger.record(first, claims[0]?.token ?? '', throttle(60_000), exchange);
    await open.ledger.record(second, claims[1]?.token ?? '', throttle(1_000), exchange);
    expect(await open.ledger.claim(third, pace)).toEqual({ kind: 'wait', waitMs: 60_000 });
  });
});

describe('record', () => {
  it('takes the answer of an older claim as evidence: a held message turns out to be submitted', async () => {
    const [task, next] = [await open.accept(), await open.accept()];
    const { token } = going(await open.ledger.claim(task, pace));
    await open.ledger.claim(task, pace); // another worker finds it open: held
    expect(await open.ledger.record(task, token, done('wamid.late'), exchange)).toEqual({ kind: 'recorded' });
    expect(await statusOf(task)).toBe('submitted');
    expect(await open.jobs()).toContain(open.jobIdOf(next));
  });

  it('labels a message that is tried again although it may be out', async () => {
    const task = await open.accept();
    const { token } = going(await open.ledger.claim(task, pace));
    const again = retry(0);
    if (again.kind !== 'later') throw new Error('expected a retry');
    await open.ledger.record(
      task,
      token,
      { ...again, failure: failed('provider_unavailable', { mayBeOut: true }) },
      exchange,
    );
    expect((await open.ledger.get(open.channel, task.messageId))?.message.possibleDuplicate).toBe(true);
  });

  it('never retries for a stale claim', async () => {
    const task = await open.accept();
    going(await open.ledger.claim(task, pace));
    expect(await open.ledger.record(task, 'not-its-token', retry(0), exchange)).toEqual({ kind: 'stale' });
    expect(await open.ledger.claim(task, pace)).toEqual({ kind: 'held' });
  });

  it('is found by the provider’s id afterwards, and by its recipient, newest first, page by page', async () => {
    const tasks: Activation[] = [];
    for (const id of ['wamid.a', 'wamid.b', 'wamid.c']) {
      const task = await open.accept(anna);
      await send(task, id);
      tasks.push(task);
    }
    await open.accept(ben);
    const byId = await open.ledger.list(open.channel, { externalId: external('wamid.b'), limit: 10 });
    expect(byId.map(({ id }) => id)).toEqual([tasks[1]?.messageId]);
    const page = await open.ledger.list(open.channel, { recipient: anna, limit: 2 });
    expect(page.map(({ id }) => id)).toEqual([tasks[2]?.messageId, tasks[1]?.messageId]);
    const rest = await open.ledger.list(open.channel, { recipient: anna, before: page[1]?.id, limit: 2 });
    expect(rest.map(({ id }) => id)).toEqual([tasks[0]?.messageId]);
    expect(await open.ledger.list(open.channel, { limit: 10 })).toHaveLength(4);
  });

  it('shows the provider’s words without numbers in them', async () => {
    const task = await open.accept();
    const { token } = going(await open.ledger.claim(task, pace));
    const failure = failed('request_invalid', {
      problem: { code: '131009', title: 'bad', details: 'to 15550001111 is wrong' },
    });
    await open.ledger.record(task, token, { kind: 'dead', code: 'request_invalid', failure }, exchange);
    const found = await open.ledger.get(open.channel, task.messageId);
    expect(found?.message.failure).toEqual({
      code: 'request_invalid',
      problem: { code: '131009', title: 'bad', details: 'to … is wrong' },
    });
  });
});

describe('cancel', () => {
  it('cancels what waits, wherever it stands in line, and makes room', async () => {
    const [first, second, third] = [await open.accept(), await open.accept(), await open.accept()];
    expect(await open.ledger.cancel(open.channel, second.messageId)).toEqual({ kind: 'cancelled' });
    expect(await open.ledger.cancel(open.channel, first.messageId)).toEqual({ kind: 'cancelled' });
    expect(await open.jobs()).toEqual([first, third].map(open.jobIdOf));
    expect(await open.ledger.claim(first, pace)).toEqual({ kind: 'settled' });
  });

  it('is too late once the intent to send is there', async () => {
    const task = await open.accept();
    going(await open.ledger.claim(task, pace));
    expect(await open.ledger.cancel(open.channel, task.messageId)).toEqual({ kind: 'too_late', status: 'sending' });
  });

  it('cancels a scheduled message for good', async () => {
    const task = await open.accept(anna, { sendAt: open.now() + 1_000 });
    expect(await open.ledger.cancel(open.channel, task.messageId)).toEqual({ kind: 'cancelled' });
    open.advance(1_000);
    await open.ledger.join(task);
    expect(await open.jobs()).not.toContain(open.jobIdOf(task));
  });
});

describe('replay', () => {
  async function die(task: Activation): Promise<void> {
    const { token } = going(await open.ledger.claim(task, pace));
    await open.ledger.record(
      task,
      token,
      { kind: 'dead', code: 'window_closed', failure: failed('window_closed') },
      exchange,
    );
  }

  it('starts a new generation at the tail, once', async () => {
    const task = await open.accept();
    await die(task);
    const other = await open.accept();
    expect(await open.ledger.replay(open.channel, task.messageId, 1, 'ann')).toEqual({ kind: 'replayed' });
    expect(await open.ledger.replay(open.channel, task.messageId, 1, 'ann')).toEqual({ kind: 'repeat' });
    const again = { ...task, generation: 2 };
    expect(await open.jobs()).not.toContain(open.jobIdOf(again));
    await send(other, 'wamid.other');
    expect(await open.jobs()).toContain(open.jobIdOf(again));
    expect(await open.ledger.claim(task, pace)).toEqual({ kind: 'settled' });
    expect(going(await open.ledger.claim(again, pace)).attempt).toBe(1);
  });

  it('refuses what has not failed', async () => {
    const task = await open.accept();
    expect(await open.ledger.replay(open.channel, task.messageId, 1, 'ann')).toEqual({ kind: 'not_failed' });
  });
});

describe('sweep', () => {
  const options = { idleMs: 60_000, heldGraceMs: 900_000, heldPolicy: 'hold' as const };

  it('gives a head without a job its job back after the idle time, and not before', async () => {
    const task = await open.accept();
    await open.loseJob(open.jobIdOf(task));
    open.advance(59_999);
    expect(await open.ledger.sweep(open.channel, { ...options, nowMs: open.now() })).toMatchObject({
      readded: 0,
      expired: 0,
      passed: 0,
    });
    open.advance(1);
    expect(await open.ledger.sweep(open.channel, { ...options, nowMs: open.now() })).toMatchObject({
      readded: 1,
      expired: 0,
      passed: 0,
    });
    expect(await open.jobs()).toEqual([open.jobIdOf(task), open.jobIdOf(task)]);
  });

  it('lets followers pass a held head after the grace time; the head stays held', async () => {
    const [task, next] = [await open.accept(), await open.accept()];
    going(await open.ledger.claim(task, pace));
    await open.ledger.claim(task, pace);
    open.advance(900_000);
    expect((await open.ledger.sweep(open.channel, { ...options, nowMs: open.now() })).passed).toBe(1);
    expect(await open.jobs()).toContain(open.jobIdOf(next));
    expect(await statusOf(task)).toBe('held');
  });

  it('ends a head that expired while its channel stood still', async () => {
    const task = await open.accept(anna, { expiresAt: open.now() + 1_000 });
    open.advance(60_000);
    expect((await open.ledger.sweep(open.channel, { ...options, nowMs: open.now() })).expired).toBe(1);
    expect(await statusOf(task)).toBe('expired');
  });

  it('ends with it what expired behind it, and gives its job to the first that still lives', async () => {
    const soon = { expiresAt: open.now() + 1_000 };
    const tasks = [await open.accept(anna, soon), await open.accept(anna, soon), await open.accept(anna, soon)];
    const lives = await open.accept();
    open.advance(60_000);
    expect((await open.ledger.sweep(open.channel, { ...options, nowMs: open.now() })).expired).toBe(3);
    for (const task of tasks) expect(await statusOf(task)).toBe('expired');
    expect(await open.jobs()).toEqual([tasks[0], lives].flatMap((task) => (task ? [open.jobIdOf(task)] : [])));
  });
});

describe('what a message waits for', () => {
  const waitsFor = async (task: Activation) => (await open.ledger.get(open.channel, task.messageId))?.waitsFor;

  it('names it', async () => {
    const [head, follower, later] = [
      await open.accept(),
      await open.accept(),
      await open.accept(ben, { sendAt: open.now() + 1_000 }),
    ];
    const since = open.now();
    expect(await waitsFor(head)).toEqual({ kind: 'no_worker', since });
    await open.redis.zadd(`posthorn:{${open.channel.id}}:beat`, since - 20_000, 'one that died');
    expect(await waitsFor(head)).toEqual({ kind: 'no_worker', since: since - 20_000 });
    await open.redis.zadd(`posthorn:{${open.channel.id}}:beat`, since, 'one');
    expect(await waitsFor(head)).toEqual({ kind: 'worker', since });
    expect(await waitsFor(follower)).toEqual({ kind: 'predecessor', messageId: head.messageId, since });
    expect(await waitsFor(later)).toEqual({ kind: 'its_time', until: since + 1_000, since });
    open.advance(5);
    const { token } = going(await open.ledger.claim(head, pace));
    expect(await waitsFor(head)).toEqual({ kind: 'answer', since: since + 5 });
    open.advance(5);
    await open.ledger.record(head, token, retry(2_000), exchange);
    expect(await waitsFor(head)).toEqual({
      kind: 'retry',
      until: since + 2_010,
      code: 'unreachable',
      since: since + 10,
    });
  });

  it('names the pace of its recipient, a missing token, and a throttle of its channel, since they began', async () => {
    const task = await open.accept();
    const since = open.now();
    const slow = { everyMs: 6_000, burst: 1 };
    going(await open.ledger.claim(task, slow));
    const next = await open.accept(anna, { ordered: false });
    const found = await open.ledger.get(open.channel, next.messageId, slow);
    expect(found?.waitsFor).toEqual({ kind: 'pace', until: since + 6_000, since });
    await open.ledger.wait(open.channel, 'throttle', 5_000);
    open.advance(1_000);
    await open.ledger.wait(open.channel, 'throttle', 1_000); // shorter: changes nothing
    await open.ledger.wait(open.channel, 'throttle', 9_000);
    expect(await waitsFor(next)).toEqual({ kind: 'channel_throttled', until: since + 10_000, since });
    await open.ledger.wait(open.channel, 'token', 2_000);
    expect(await waitsFor(next)).toEqual({ kind: 'token', until: since + 3_000, since: since + 1_000 });
    expect(await open.ledger.claim(next, null)).toEqual({ kind: 'wait', waitMs: 9_000 });
  });

  it('names whose pauses they are, since when, and why', async () => {
    const task = await open.accept();
    const at = open.now() + 50;
    const entry = JSON.stringify({ by: 'cli:ann', at, why: 'maintenance' });
    await open.redis.hset(`posthorn:{${open.channel.id}}:pause`, 'provider', entry);
    expect(await waitsFor(task)).toEqual({
      kind: 'channel_paused',
      reasons: ['provider'],
      pauses: [{ reason: 'provider', by: 'cli:ann', since: at, why: 'maintenance' }],
      since: at,
    });
  });
});

describe('received messages and news', () => {
  it('keeps each once, and shows it in the log of events', async () => {
    const message = {
      externalId: external('wamid.IN'),
      from: anna,
      sentAt: new Date(open.now()).toISOString(),
      receivedAt: new Date(open.now()).toISOString(),
      content: { type: 'text', text: 'hi' },
    };
    const id = toInboundId(open.channel.id, ulid());
    expect(await open.ledger.receive(open.channel, id, message)).toEqual({ kind: 'received' });
    expect(await open.ledger.receive(open.channel, toInboundId(open.channel.id, ulid()), message)).toEqual({
      kind: 'repeat',
    });
    expect(await open.ledger.note(open.channel, 'channel.news', 'f1', { topic: 'quality' })).toEqual({ kind: 'noted' });
    expect(await open.ledger.note(open.channel, 'channel.news', 'f1', { topic: 'quality' })).toEqual({
      kind: 'repeat',
    });
    const elsewhere = { ...message, receivedAt: new Date(open.now() + 60_000).toISOString() };
    expect(await open.ledger.receive(open.channel, toInboundId(open.channel.id, ulid()), elsewhere)).toEqual({
      kind: 'repeat',
    });
    const events = await open.ledger.events(open.channel, { limit: 10 });
    expect(events.map(({ type }) => type)).toEqual(['message.received', 'channel.news']);
    expect(events[0]?.message).toMatchObject({ id, from: anna, content: { text: 'hi' } });
    expect(events[1]?.data).toEqual({ topic: 'quality' });
    const after = await open.ledger.events(open.channel, { after: events[0]?.position, limit: 10 });
    expect(after.map(({ type }) => type)).toEqual(['channel.news']);
    expect(await open.ledger.externalIdOf(open.channel, id)).toBe('wamid.IN');
  });

  it('keeps two messages that came under one provider id: shown twice is better than lost', async () => {
    const at = new Date(open.now()).toISOString();
    const message = (text: string) => ({
      externalId: external('wamid.IN'),
      from: anna,
      sentAt: at,
      receivedAt: at,
      content: { type: 'text', text },
    });
    for (const text of ['hi', 'ho']) {
      expect(await open.ledger.receive(open.channel, toInboundId(open.channel.id, ulid()), message(text))).toEqual({
        kind: 'received',
      });
    }
  });
});
