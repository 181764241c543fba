import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExternalId, InboundMessage, Recipient } from '@posthorn/message';
import { contentSchema, recipientSchema, toInboundId, toMessageId } from '@posthorn/message';
import type { Disposition } from '@posthorn/outcome';
import { failed } from '@posthorn/outcome';
import { ulid } from 'ulid';
import type { AcceptInput, Activation } from './ledger.ts';
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

  describe('and said so after a message was accepted', () => {
    const marketing = { isMarketing: true };
    const stop = async (recipient: Recipient): Promise<unknown> =>
      await open.ledger.opt(open.channel, { recipient, what: 'out', source: 'api', atMs: null });
    const resume = async (recipient: Recipient): Promise<unknown> =>
      await open.ledger.opt(open.channel, { recipient, what: 'in', source: 'api', atMs: null });
    const dead = { kind: 'dead', code: 'recipient_opted_out' };
    const end = async (activation: Activation, disposition: Disposition<ExternalId>): Promise<Activation> => {
      const token = await claimed(activation);
      await open.ledger.record(activation, token, disposition, { attempt: 1, durationMs: 1 });
      return { ...activation, generation: 2 };
    };

    /** How a message came to wait for its next claim. */
    const ways: readonly [string, (to: Recipient) => Promise<Activation>][] = [
      ['queued', async (to) => await open.accept(to, marketing)],
      [
        'with sendAt',
        async (to) => {
          const later = await open.accept(to, { ...marketing, sendAt: open.now() + hourMs });
          open.advance(hourMs);
          await open.ledger.join(later);
          return later;
        },
      ],
      [
        'tried before',
        async (to) => {
          const tried = await open.accept(to, marketing);
          const rest = { afterMs: 1, spendsAttempt: true, scope: 'message', scopeMs: 0, pauses: false } as const;
          await end(tried, { kind: 'later', code: 'provider_failed', failure: failed('provider_failed'), ...rest });
          open.advance(1);
          return tried;
        },
      ],
      [
        'held and released',
        async (to) => {
          const held = await open.accept(to, marketing);
          const next = await end(held, { kind: 'hold', code: 'no_answer', failure: failed('no_answer') });
          await open.ledger.release(open.channel, held.messageId, { by: 'test:ada' });
          return next;
        },
      ],
      [
        'dead and replayed',
        async (to) => {
          const died = await open.accept(to, marketing);
          const next = await end(died, { kind: 'dead', code: 'rejected', failure: failed('rejected') });
          await open.ledger.replay(open.channel, died.messageId, 1, 'test:ada');
          return next;
        },
      ],
    ];

    async function claimed(activation: Activation): Promise<string> {
      const claim = await open.ledger.claim(activation, null);
      if (claim.kind !== 'go') throw new Error(`expected go, came ${claim.kind}`);
      return claim.token;
    }

    it.each(ways)('%s: it is dead at its claim, and the next one has its turn', async (_name, make) => {
      const to = someone();
      const activation = await make(to);
      const behind = await open.accept(to);
      await stop(to);
      expect(await open.ledger.claim(activation, null)).toEqual(dead);
      // Its job may come again, if the worker died before it could fail it.
      expect(await open.ledger.claim(activation, null)).toEqual(dead);
      expect((await open.ledger.claim(behind, null)).kind).toBe('go');
      const found = await open.ledger.get(open.channel, activation.messageId);
      expect(found?.message).toMatchObject({ status: 'failed', failure: { code: 'recipient_opted_out' } });
      expect(found?.timeline.at(-1)).toMatchObject({ what: 'opted_out', code: 'recipient_opted_out' });
    });

    it('the message goes out once they want it again; no other kind of message asks', async () => {
      const [to, other] = [someone(), someone()];
      const [sale, receipt] = [await open.accept(to, marketing), await open.accept(other)];
      await stop(to);
      await stop(other);
      await resume(to);
      expect((await open.ledger.claim(sale, null)).kind).toBe('go');
      expect((await open.ledger.claim(receipt, null)).kind).toBe('go');
    });

    it('its files are not made ready any more', async () => {
      const to = someone();
      const content = {
        type: 'template',
        name: 'sale',
        language: 'en',
        components: [
          { type: 'header', parameters: [{ type: 'image', media: { id: 'med_01JD8T0Z5R4YV3W2X1Q0P9N8M7' } }] },
        ],
      } as const;
      const withFile = await open.accept(to, { ...marketing, content: contentSchema.parse(content) });
      expect((await open.ledger.claim(withFile, null)).kind).toBe('prepare');
      await stop(to);
      expect(await open.ledger.claim(withFile, null)).toEqual(dead);
    });

    it('one that may be out is held all the same: nobody knows yet', async () => {
      const to = someone();
      const under = await open.accept(to, marketing);
      await claimed(under);
      await stop(to);
      expect((await open.ledger.claim(under, null)).kind).toBe('held');
    });
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
