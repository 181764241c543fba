import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { recipientSchema, toInboundId, type InboundId, type Recipient } from '@posthorn/message';
import { ulid } from 'ulid';
import { external, openLedger, type OpenLedger } from './testing/open-ledger.ts';
import type { Activation } from './ledger.ts';

const giveUpMs = 600_000;
let open: OpenLedger;
beforeAll(async () => {
  open = await openLedger();
});
afterAll(() => open.close());

let numbers = 0;
/** Somebody nobody wrote to yet. */
function someone(): Recipient {
  numbers += 1;
  return recipientSchema.parse(`+1555888${String(numbers).padStart(4, '0')}`);
}
const exchange = { attempt: 1, durationMs: 1 };
const erase = async ({ messageId }: Activation) => await open.ledger.erase(open.channel, messageId, giveUpMs);
const viewOf = async ({ messageId }: Activation) => {
  const found = await open.ledger.get(open.channel, messageId);
  if (found === null) throw new Error('expected the stub of a message');
  return found;
};
async function claimed(to: Recipient): Promise<{ activation: Activation; token: string }> {
  const activation = await open.accept(to);
  const claim = await open.ledger.claim(activation, null);
  if (claim.kind !== 'go') throw new Error(`expected go, came ${claim.kind}`);
  return { activation, token: claim.token };
}
async function receive(from: string, receivedAtMs: number, said = 'hello', userId?: string) {
  const id: InboundId = toInboundId(open.channel.id, ulid());
  const receivedAt = new Date(receivedAtMs).toISOString();
  const message = { externalId: external(`in-${from}-${said}`), from, sentAt: receivedAt, receivedAt };
  const content = { type: 'text', text: said };
  const whole = { ...message, content, ...(userId !== undefined && { userId }) };
  return { id, ...(await open.ledger.receive(open.channel, id, whole)) };
}

describe('a message of somebody who is erased', () => {
  it('that waits is cancelled, the next one of its conversation goes on, and its event tells nothing', async () => {
    const [first, next] = [await open.accept(someone()), await open.accept()];
    expect(await erase(first)).toEqual({ kind: 'erased', ended: 'cancelled' });
    const { message, timeline } = await viewOf(first);
    expect(message).toMatchObject({ status: 'cancelled', sealed: null, externalId: null });
    expect(timeline.map(({ what }) => what)).toEqual(['accepted', 'cancelled', 'erased']);
    const events = await open.ledger.events(open.channel, { limit: 1000 });
    const told = events.filter(({ messageId }) => messageId === first.messageId);
    expect(told.map(({ type, to, callbackData }) => [type, to, callbackData])).toEqual([
      ['message.accepted', null, null],
      ['message.cancelled', null, null],
    ]);
    expect((await viewOf(next)).message.status).toBe('accepted');
    expect(await erase(first)).toEqual({ kind: 'erased', ended: null });
  });

  it('that is under way is erased once it has been recorded, or given up if nobody records it any more', async () => {
    const [sent, lost] = [await claimed(someone()), await claimed(someone())];
    expect(await erase(sent.activation)).toEqual({ kind: 'under_way' });
    await open.ledger.record(sent.activation, sent.token, { kind: 'done', externalId: external('wamid.1') }, exchange);
    expect(await erase(sent.activation)).toEqual({ kind: 'erased', ended: null });
    expect((await viewOf(sent.activation)).message).toMatchObject({ status: 'submitted', externalId: null });

    open.advance(giveUpMs);
    expect(await erase(lost.activation)).toEqual({ kind: 'erased', ended: 'failed' });
    // Its worker lives after all.
    const late = { kind: 'done', externalId: external('wamid.2') } as const;
    expect(await open.ledger.record(lost.activation, lost.token, late, exchange)).toEqual({ kind: 'stale' });
    expect((await viewOf(lost.activation)).message).toMatchObject({ sealed: null, externalId: null });
  });

  it('that is held is given up, and comes back by nobody', async () => {
    const { activation, token } = await claimed(someone());
    const failure = { kind: 'failed', code: 'no_answer', then: 'hold' } as const;
    await open.ledger.record(activation, token, { kind: 'hold', code: 'no_answer', failure }, exchange);
    expect(await erase(activation)).toEqual({ kind: 'erased', ended: 'failed' });
    expect(await open.ledger.replay(open.channel, activation.messageId, 1, 'test')).toEqual({ kind: 'content_gone' });
    expect((await open.ledger.held(open.channel, { from: 0, count: 10 })).total).toBe(0);
  });

  it('keeps its status and codes, none of the provider’s words, and late callbacks bring nothing back', async () => {
    const to = someone();
    const { activation, token } = await claimed(to);
    const problem = { code: '131026', title: 'Zelda cannot be reached' };
    const failure = { kind: 'failed', code: 'unreachable', then: 'retry', problem } as const;
    const later = {
      kind: 'later',
      afterMs: 1,
      spendsAttempt: true,
      scope: 'message',
      scopeMs: 0,
      pauses: false,
      failure,
    } as const;
    await open.ledger.record(activation, token, { ...later, code: 'unreachable' }, { ...exchange, note: 'Zelda' });
    open.advance(10);
    const claim = await open.ledger.claim(activation, null);
    if (claim.kind !== 'go') throw new Error(`expected go, came ${claim.kind}`);
    await open.ledger.record(activation, claim.token, { kind: 'done', externalId: external('wamid.3') }, exchange);
    await erase(activation);
    const { timeline } = await viewOf(activation);
    expect(JSON.stringify(timeline)).not.toContain('Zelda');
    expect(timeline[1]).toMatchObject({ what: 'attempt', attempt: 1, code: 'unreachable', durationMs: 1 });

    const update = { externalId: external('wamid.3'), messageId: activation.messageId, atMs: open.now() };
    const told = { ...update, status: 'read', more: { name: 'Zelda' } } as const;
    expect(await open.ledger.status(open.channel, told)).toMatchObject({
      kind: 'applied',
      now: 'read',
      isErased: true,
    });
    expect(await open.ledger.status(open.channel, told)).toMatchObject({ kind: 'repeat', isErased: true });
    const events = await open.ledger.events(open.channel, { limit: 1000 });
    expect(events.at(-1)).toMatchObject({ type: 'message.read', to: null, externalId: null, more: null });
    expect((await viewOf(activation)).message).toMatchObject({ status: 'read', externalId: null });
    expect(await open.ledger.list(open.channel, { recipient: to, limit: 10 })).toEqual([]);
  });
});

describe('somebody who is erased', () => {
  it('is not taken with what they wrote before, by any of their names, and is new with what they write later', async () => {
    const from = someone();
    const wrote = await receive(from, open.now(), 'one', 'US.one');
    await open.ledger.markErased(open.channel, [from, 'US.one'], open.now());
    expect(await open.ledger.eraseInbound(open.channel, wrote.id)).toBe(true);
    expect(await open.ledger.eraseInbound(open.channel, wrote.id)).toBe(false);
    for (const [name, userId] of [
      [from, undefined],
      ['US.one', undefined],
      ['US.two', 'US.one'],
    ] as const)
      expect(await receive(name, open.now() - 1, 'two', userId)).toMatchObject({ kind: 'erased' });
    // The provider repeats what was there: it is no news.
    expect(await receive(from, open.now(), 'one', 'US.one')).toMatchObject({ kind: 'erased' });
    expect(await receive(from, open.now() + 1, 'three')).toMatchObject({ kind: 'received' });
    // An earlier end of another erasure does not turn it back.
    await open.ledger.markErased(open.channel, [from], open.now() - 1_000);
    expect(await receive(from, open.now() - 1, 'four')).toMatchObject({ kind: 'erased' });
  });

  it('is forgotten but for wanting no marketing', async () => {
    const [out, back] = [someone(), someone()];
    for (const recipient of [out, back]) {
      await receive(recipient, open.now() - 5);
      await open.ledger.opt(open.channel, { recipient, what: 'out', source: 'api', atMs: null });
    }
    open.advance(1);
    await open.ledger.opt(open.channel, { recipient: back, what: 'in', source: 'api', atMs: null });
    const fields = await open.redis.hlen(`posthorn:{${open.channel.id}}:optouts`);
    expect(await open.ledger.forgetRecipients(open.channel, [out, back], open.now())).toBe(3);
    expect(await open.ledger.recipient(open.channel, out)).toMatchObject({
      windowUntil: null,
      optedOut: { source: 'api' },
    });
    expect(await open.redis.hlen(`posthorn:{${open.channel.id}}:optouts`)).toBe(fields - 1);
    // Who wrote after it is new.
    open.advance(10);
    await receive(out, open.now(), 'new');
    await open.ledger.forgetRecipients(open.channel, [out], open.now() - 10);
    expect((await open.ledger.recipient(open.channel, out)).windowUntil).not.toBeNull();
  });
});
