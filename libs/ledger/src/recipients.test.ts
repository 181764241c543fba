import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InboundMessage, Recipient } from '@posthorn/message';
import { recipientSchema, toInboundId, toMessageId } from '@posthorn/message';
import { failed } from '@posthorn/outcome';
import { ulid } from 'ulid';
import type { AcceptInput } from './ledger.ts';
import { anna, external, openLedger, tenantId, type OpenLedger } from './testing/open-ledger.ts';

let open: OpenLedger;
beforeAll(async () => {
  open = await openLedger();
});
afterAll(async () => await open.close());

const hourMs = 3_600_000;
let last = 0;
const someone = (): Recipient => recipientSchema.parse(`+1555001${(last += 1)}`);

async function write(from: Recipient, text: string, says: 'out' | 'in' | null, more: Partial<InboundMessage> = {}) {
  const id = toInboundId(open.channel.id, ulid());
  return await open.ledger.receive(
    open.channel,
    id,
    {
      externalId: external(`wamid.${id}`),
      from,
      sentAt: new Date(open.now()).toISOString(),
      receivedAt: new Date(open.now()).toISOString(),
      content: { type: 'text', text },
      ...more,
    },
    says,
  );
}

async function send(to: Recipient, more: Partial<AcceptInput>) {
  const { kind } = await open.ledger.accept(open.channel, {
    id: toMessageId(open.channel.id, ulid()),
    tenantId,
    lane: 'normal',
    ordered: true,
    sealed: { to, content: { type: 'text', body: 'hello' } },
    sendAt: null,
    expiresAt: null,
    traceparent: null,
    ...more,
  });
  return kind;
}

async function told() {
  const events = await open.ledger.events(open.channel, { limit: 1000 });
  return events.filter(({ type }) => type.startsWith('recipient.')).map(({ type, data }) => ({ type, data }));
}

describe('who wants no marketing', () => {
  it('gets none, and all else, until they want it again; each is told once', async () => {
    const to = someone();
    expect(await send(to, { isMarketing: true })).toBe('accepted');
    await write(to, 'STOP', 'out');
    await write(to, 'stop', 'out');
    expect(await send(to, { isMarketing: true })).toBe('opted_out');
    expect(await send(to, {})).toBe('accepted');
    expect(await send(someone(), { isMarketing: true })).toBe('accepted');
    expect((await open.ledger.recipient(open.channel, to)).optedOut).toEqual({ since: open.now(), source: 'word' });
    open.advance(1000);
    await write(to, 'START', 'in');
    expect(await send(to, { isMarketing: true })).toBe('accepted');
    expect((await open.ledger.recipient(open.channel, to)).optedOut).toBeNull();
    expect(await told()).toEqual([
      { type: 'recipient.opted_out', data: expect.objectContaining({ recipient: to, source: 'word' }) },
      { type: 'recipient.opted_in', data: expect.objectContaining({ recipient: to, source: 'word' }) },
    ]);
  });

  it('is known under the user id too', async () => {
    const userId = recipientSchema.parse('US.13491208655302741918');
    await write(someone(), 'stop', 'out', { userId });
    expect(await send(userId, { isMarketing: true })).toBe('opted_out');
  });

  it('is known by what was said last, however late it is told', async () => {
    const recipient = someone();
    const said = { recipient, source: 'preference' } as const;
    await open.ledger.opt(open.channel, { ...said, what: 'in', atMs: open.now() });
    const view = await open.ledger.opt(open.channel, { ...said, what: 'out', atMs: open.now() - 1 });
    expect(view.optedOut).toBeNull();
    expect((await open.ledger.opt(open.channel, { ...said, what: 'out', atMs: null })).optedOut).toMatchObject({
      source: 'preference',
    });
  });

  it('is known from the provider’s answer, and from a failure that it tells later', async () => {
    const [first, second] = [someone(), someone()];
    const refused = await open.accept(first);
    const claim = await open.ledger.claim(refused, null);
    if (claim.kind !== 'go') throw new Error(`expected go, came ${claim.kind}`);
    const failure = failed('recipient_opted_out');
    await open.ledger.record(
      refused,
      claim.token,
      { kind: 'dead', code: 'recipient_opted_out', failure },
      { attempt: 1, durationMs: 1 },
    );
    const late = await open.accept(second);
    await open.ledger.claim(late, null);
    const update = { externalId: external('wamid.late'), messageId: late.messageId, atMs: open.now() };
    await open.ledger.status(open.channel, { ...update, status: 'sent' });
    await open.ledger.status(open.channel, { ...update, status: 'failed', failure });
    for (const to of [first, second]) expect(await send(to, { isMarketing: true })).toBe('opted_out');
    expect((await told()).slice(-2)).toEqual([
      {
        type: 'recipient.opted_out',
        data: { recipient: first, source: 'provider', inboundId: null, messageId: refused.messageId },
      },
      {
        type: 'recipient.opted_out',
        data: { recipient: second, source: 'provider', inboundId: null, messageId: late.messageId },
      },
    ]);
  });

  it('is kept without their number', async () => {
    await write(anna, 'stop', 'out');
    const kept = await open.redis.hgetall(`posthorn:{${open.channel.id}}:optouts`);
    expect(JSON.stringify(kept)).not.toContain(anna.slice(1));
    expect(Object.keys(kept).length).toBeGreaterThan(0);
  });
});

describe('the service window', () => {
  it('is open for 24 hours after the last message, and closed before the first', async () => {
    const to = someone();
    expect(await send(to, { needsWindow: true })).toBe('window_closed');
    expect(await send(to, {})).toBe('accepted');
    await write(to, 'hello', null);
    const until = open.now() + 24 * hourMs;
    expect(await open.ledger.recipient(open.channel, to)).toEqual({ windowUntil: until, optedOut: null });
    expect(await send(to, { needsWindow: true })).toBe('accepted');
    open.advance(24 * hourMs - 1);
    expect(await send(to, { needsWindow: true })).toBe('accepted');
    open.advance(1);
    expect(await send(to, { needsWindow: true })).toBe('window_closed');
    expect((await open.ledger.recipient(open.channel, to)).windowUntil).toBeNull();
  });

  it('is not opened by what is old, by a group or by a change of number', async () => {
    const to = someone();
    await write(to, 'old', null, { sentAt: new Date(open.now() - 25 * hourMs).toISOString() });
    await write(to, 'all', null, { groupId: 'g' });
    await write(to, '', null, { content: { type: 'system' } });
    expect(await send(to, { needsWindow: true })).toBe('window_closed');
    await write(to, 'new', null);
    await write(to, 'older, told later', null, { sentAt: new Date(open.now() - hourMs).toISOString() });
    expect((await open.ledger.recipient(open.channel, to)).windowUntil).toBe(open.now() + 24 * hourMs);
  });

  it('does not hinder what is to be sent later: they may have written by then', async () => {
    expect(await send(someone(), { needsWindow: true, sendAt: open.now() + hourMs })).toBe('accepted');
  });
});
