import { describe, expect, it } from '@jest/globals';
import { providerIdSchema, recipientSchema, tenantIdSchema, type ContentType } from '@posthorn/message';
import { createSubmission, type SubmitResult } from './submission.ts';
import type { MessageToAccept, Reservation, SubmissionDeps } from './submission-deps.ts';

const nowMs = Date.parse('2026-11-24T16:00:00Z');
const shop = tenantIdSchema.parse('shop');
const bank = tenantIdSchema.parse('bank');
const provider = providerIdSchema.parse('pigeon');
const good = { channelId: 'loft', to: '+15550001111', content: { type: 'text', body: 'hi' } };
const dayMs = 86_400_000;

function setUp(overrides: Partial<SubmissionDeps> = {}) {
  const accepted: MessageToAccept[] = [];
  const standing = new Map<string, Reservation & { readonly ttlMs: number }>();
  const time = { nowMs };
  let minted = 0;
  const submission = createSubmission({
    recipientReaderOf: () => null,
    channelOf: (id) => {
      const tenantId = new Map([
        ['loft', shop],
        ['tower', bank],
      ]).get(id);
      return tenantId === undefined ? null : { id, tenantId, provider };
    },
    providerOf: () => ({
      title: 'Pigeon Post',
      capabilities: {
        content: new Set<ContentType>(['text', 'reaction', 'image']),
        replyTo: true,
        idempotent: false,
        statuses: new Set(),
      },
      check: (content) =>
        content.type === 'text' && Array.from(content.body).length > 10
          ? [{ pointer: '/body', detail: 'expected at most 10 characters' }]
          : [],
      checkReply: (content) => (content.type === 'image' ? 'a picture cannot quote; leave replyTo out' : null),
    }),
    accept: async (_channel, message) => {
      const known = accepted.some(({ id }) => id === message.id);
      if (!known && message.expiresAt !== null && message.expiresAt <= time.nowMs) return { kind: 'expired' };
      if (!known) accepted.push(message);
      return { kind: known ? 'repeat' : 'accepted' };
    },
    reservations: {
      reserve: async (tenantId, key, wanted, ttlMs) => {
        const found = standing.get(`${tenantId} ${key}`);
        if (found === undefined) standing.set(`${tenantId} ${key}`, { ...wanted, ttlMs });
        return found ?? wanted;
      },
      find: async (tenantId, key) => standing.get(`${tenantId} ${key}`) ?? null,
    },
    memory: { refusesWork: () => false },
    quota: { take: async () => ({ kind: 'unlimited' }) },
    newUlid: () => `01JD8T0Z5R4YV3W2X1Q0P9${String((minted += 1)).padStart(4, '0')}`,
    clock: { now: () => time.nowMs },
    ...overrides,
  });
  const submit = async (body: unknown, idempotencyKey: string | null = null): Promise<SubmitResult> =>
    await submission.submit(shop, body, { idempotencyKey, traceparent: null });
  const submitBatch = async (messages: readonly unknown[], idempotencyKey: string | null = null) => {
    const batch = await submission.submitBatch(shop, { messages }, { idempotencyKey, traceparent: null });
    if (batch.kind === 'refused') throw new Error(`expected answers, got ${batch.problem.code}`);
    return batch.results;
  };
  return { submission, submit, submitBatch, accepted, standing, time };
}

function refusal(result: SubmitResult) {
  if (result.kind !== 'refused') throw new Error(`expected a refusal, got ${result.kind}`);
  const { code, status, errors = [] } = result.problem;
  return { code, status, pointers: errors.map(({ pointer }) => pointer) };
}

function idOf(result: SubmitResult): string {
  if (result.kind !== 'accepted') throw new Error(`expected a message, got ${JSON.stringify(result)}`);
  return result.id;
}

describe('a request becomes a message', () => {
  it('is handed over with all that was asked for', async () => {
    const { submit, accepted } = setUp();
    await submit({ ...good, priority: 'high', order: 'none', callbackData: 'c', replyTo: 'abc', ttlSeconds: 60 });
    expect(accepted).toEqual([
      {
        id: 'msg_loft_01JD8T0Z5R4YV3W2X1Q0P90001',
        isMarketing: false,
        needsWindow: false,
        tenantId: 'shop',
        lane: 'high',
        ordered: false,
        sealed: { to: '+15550001111', content: { type: 'text', body: 'hi' }, replyTo: 'abc', callbackData: 'c' },
        sendAt: null,
        expiresAt: nowMs + 60_000,
        traceparent: null,
      },
    ]);
  });

  it('counts a time to live from sendAt', async () => {
    const { submit, accepted } = setUp();
    await submit({ ...good, sendAt: '2026-11-25T16:00:00Z', ttlSeconds: 60 });
    expect(accepted[0]).toMatchObject({ sendAt: nowMs + dayMs, expiresAt: nowMs + dayMs + 60_000 });
  });

  it('sends at once what should have been sent in the past', async () => {
    const { submit, accepted } = setUp();
    await submit({ ...good, sendAt: '2026-11-23T16:00:00+01:00' });
    expect(accepted[0]).toMatchObject({ sendAt: null, expiresAt: null });
  });

  it.each([
    ['no object', 'hi', 'invalid_request', 422, ['']],
    ['a channel that is not there', { ...good, channelId: 'attic' }, 'channel_not_found', 404, ['/channelId']],
    ["another tenant's channel", { ...good, channelId: 'tower' }, 'channel_not_found', 404, ['/channelId']],
    [
      'what the provider cannot do',
      { ...good, content: { type: 'sticker', providerMediaId: '1' } },
      'content_unsupported',
      422,
      ['/content/type'],
    ],
    [
      'what is too long for the provider',
      { ...good, content: { type: 'text', body: 'x'.repeat(11) } },
      'content_refused',
      422,
      ['/content/body'],
    ],
    [
      'a reply to a message of another channel',
      { ...good, replyTo: 'msg_tower_01JD8T0Z5R4YV3W2X1Q0P90001' },
      'content_refused',
      422,
      ['/replyTo'],
    ],
    [
      'a reply with content that cannot quote',
      { ...good, content: { type: 'image', url: 'https://files.example.test/a' }, replyTo: 'abc' },
      'content_refused',
      422,
      ['/replyTo'],
    ],
    [
      'a reaction to one',
      { ...good, content: { type: 'reaction', to: 'in_tower_01JD8T0Z5R4YV3W2X1Q0P90001', emoji: '👍' } },
      'content_refused',
      422,
      ['/content/to'],
    ],
    ['sending in 31 days', { ...good, sendAt: '2026-12-25T16:00:01Z' }, 'invalid_request', 422, ['/sendAt']],
    ['an end in the past', { ...good, expiresAt: '2026-11-24T15:59:59Z' }, 'invalid_request', 422, ['/expiresAt']],
    [
      'an end before the start',
      { ...good, sendAt: '2026-11-26T16:00:00Z', expiresAt: '2026-11-25T16:00:00Z' },
      'invalid_request',
      422,
      ['/expiresAt'],
    ],
    ['an end in 31 days', { ...good, expiresAt: '2026-12-25T16:00:01Z' }, 'invalid_request', 422, ['/expiresAt']],
  ])('refuses %s, and stores nothing', async (_name, body, code, status, pointers) => {
    const { submit, accepted, standing } = setUp();
    expect(refusal(await submit(body, 'k'))).toEqual({ code, status, pointers });
    expect(accepted).toEqual([]);
    expect(standing.size).toBe(0);
  });

  it('answers alike for a channel of another tenant and one that is not there', async () => {
    const { submit } = setUp();
    expect(await submit({ ...good, channelId: 'tower' })).toEqual(await submit({ ...good, channelId: 'attic' }));
  });

  it('counts characters, not bytes', async () => {
    const { submit } = setUp();
    expect((await submit({ ...good, content: { type: 'text', body: '🦄'.repeat(10) } })).kind).toBe('accepted');
  });

  it.each([
    ['closed', 'channel_closed', 409],
    ['expired', 'already_expired', 422],
  ] as const)('passes on that it was %s', async (kind, code, status) => {
    const { submit } = setUp({ accept: async () => ({ kind }) });
    expect(refusal(await submit(good))).toMatchObject({ code, status });
  });
});

describe('the same request twice', () => {
  it('is one message', async () => {
    const { submit, accepted } = setUp();
    const first = await submit(good, 'k');
    const second = await submit(
      { content: { body: 'hi', type: 'text' }, priority: 'normal', to: good.to, channelId: 'loft' },
      'k',
    );
    expect(second).toEqual({ ...first, replayed: true });
    expect(accepted).toHaveLength(1);
  });

  it('is refused when its body is another one', async () => {
    const { submit } = setUp();
    await submit(good, 'k');
    expect(refusal(await submit({ ...good, to: '+15550002222' }, 'k'))).toMatchObject({
      code: 'idempotency_key_reused',
      status: 422,
    });
  });

  it('is two messages for two tenants', async () => {
    const { submission, submit } = setUp();
    const ours = await submit(good, 'k');
    const theirs = await submission.submit(
      bank,
      { ...good, channelId: 'tower' },
      { idempotencyKey: 'k', traceparent: null },
    );
    expect(idOf(theirs)).not.toBe(idOf(ours));
  });

  it('finishes what a crash left between key and message', async () => {
    let isDown = true;
    const accepted: string[] = [];
    const { submit } = setUp({
      accept: async (_channel, { id }) => {
        if (isDown) throw new Error('Connection is closed.');
        accepted.push(id);
        return { kind: 'accepted' };
      },
    });
    await expect(submit(good, 'k')).rejects.toThrow('Connection is closed.');
    isDown = false;
    const retried = await submit(good, 'k');
    expect(accepted).toEqual([idOf(retried)]);
    expect(idOf(retried)).toMatch(/0001$/u);
  });

  it('has the same answer when its own end has passed meanwhile', async () => {
    const { submit, time } = setUp();
    const body = { ...good, expiresAt: '2026-11-24T17:00:00Z' };
    const first = await submit(body, 'k');
    time.nowMs += 2 * 3_600_000;
    expect(idOf(await submit(body, 'k'))).toBe(idOf(first));
    expect(refusal(await submit(body, 'other'))).toMatchObject({ code: 'invalid_request' });
  });

  it.each([
    [good, 2 * dayMs],
    [{ ...good, ttlSeconds: 60 }, 60_000 + dayMs],
    [{ ...good, sendAt: '2026-12-04T16:00:00Z' }, 12 * dayMs],
  ])('is known until a day after its end: %#', async (body, ttlMs) => {
    const { submit, standing } = setUp();
    await submit(body, 'k');
    expect(standing.get('shop k')?.ttlMs).toBe(ttlMs);
  });
});

describe('a batch', () => {
  it('answers each item in its place', async () => {
    const { submitBatch } = setUp();
    const results = await submitBatch([
      good,
      { ...good, content: { type: 'text' } },
      { ...good, channelId: 'tower' },
      { ...good, to: '+15550002222' },
    ]);
    expect(results.map(({ kind }) => kind)).toEqual(['accepted', 'refused', 'refused', 'accepted']);
    expect(results[1]).toMatchObject({ problem: { errors: [{ pointer: '/messages/1/content/body' }] } });
  });

  it('accepts the messages of one conversation one after another, as they are listed', async () => {
    const order: string[] = [];
    const underWay = new Set<string>();
    const { submitBatch } = setUp({
      accept: async (_channel, { sealed }) => {
        if (underWay.has(sealed.to)) throw new Error('two of one conversation at once');
        underWay.add(sealed.to);
        await new Promise((resolve) => setImmediate(resolve));
        underWay.delete(sealed.to);
        order.push(`${sealed.to} ${sealed.callbackData ?? ''}`);
        return { kind: 'accepted' };
      },
    });
    const items = Array.from({ length: 300 }, (_none, index) => ({
      ...good,
      to: `+155500011${10 + (index % 7)}`,
      callbackData: String(index),
    }));
    const results = await submitBatch(items);
    expect(results.every(({ kind }) => kind === 'accepted')).toBe(true);
    for (const to of new Set(order.map((entry) => entry.split(' ')[0]))) {
      const places = order.filter((entry) => entry.startsWith(`${to} `)).map((entry) => Number(entry.split(' ')[1]));
      expect(places).toEqual(places.toSorted((one, other) => one - other));
    }
  });

  it('tells of one failure without losing the others', async () => {
    let calls = 0;
    const { submitBatch } = setUp({
      accept: async () => {
        calls += 1;
        if (calls === 2) throw new Error('Command timed out');
        return { kind: 'accepted' };
      },
    });
    const results = await submitBatch([good, good, good]);
    expect(results.map(({ kind }) => kind)).toEqual(['accepted', 'failed', 'accepted']);
  });

  it('sees twins inside it', async () => {
    const { submitBatch, accepted } = setUp();
    const results = await submitBatch([
      { ...good, idempotencyKey: 'k' },
      { ...good, idempotencyKey: 'k' },
      { ...good, to: '+15550002222', idempotencyKey: 'k' },
    ]);
    expect(results.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'refused']);
    expect(accepted).toHaveLength(1);
  });
});

describe('a recipient in an older form', () => {
  const reader = (given: string) => (/^\d+$/u.test(given) ? recipientSchema.parse(`+39${given}`) : null);

  it('is read by its channel, where that knows how', async () => {
    const { submit, accepted } = setUp({ recipientReaderOf: () => reader });
    expect((await submit({ ...good, to: '3471234567' })).kind).toBe('accepted');
    expect(accepted[0]?.sealed.to).toBe('+393471234567');
  });

  it('is refused where nobody can read it, and its fault names no number', async () => {
    for (const overrides of [{}, { recipientReaderOf: () => reader }]) {
      const result = await setUp(overrides).submit({ ...good, to: 'someone 3471234567' });
      expect(result).toMatchObject({ kind: 'refused', problem: { errors: [{ pointer: '/to' }] } });
      expect(JSON.stringify(result)).not.toContain('3471234567');
    }
  });

  it('of another tenant’s channel is not even read', async () => {
    let asked = 0;
    const recipientReaderOf = () => {
      asked += 1;
      return reader;
    };
    await setUp({ recipientReaderOf }).submit({ ...good, channelId: 'tower', to: '3471234567' });
    expect(asked).toBe(0);
  });
});

describe('before anybody reads a request', () => {
  const full = { memory: { refusesWork: () => true } };
  const over = {
    quota: { take: async () => ({ kind: 'over' as const, quota: 2, perMs: 60_000, remaining: 0, retryAfterMs: 1500 }) },
  };
  const options = { idempotencyKey: null, traceparent: null };

  it.each([
    ['Redis is nearly full', full, 'storage_full', 503, null],
    ['the tenant is over its limit', over, 'rate_limited', 429, { quota: 2, remaining: 0, retryAfterMs: 1500 }],
  ])('refused where %s: alone and in a batch, and costs nothing', async (_name, deps, code, status, allowance) => {
    const { submission, accepted } = setUp(deps);
    const one = await submission.submit(shop, 'nothing that could be read', options);
    const many = await submission.submitBatch(shop, { messages: [good] }, options);
    for (const result of [one, many]) {
      expect(result).toMatchObject({ kind: 'refused', problem: { code, status } });
      if (allowance === null) expect(result.allowance).toBeNull();
      else expect(result.allowance).toMatchObject(allowance);
    }
    expect(accepted).toEqual([]);
  });

  it('a batch beyond what the tenant may ever hand in at once is refused as a whole', async () => {
    const never = { quota: { take: async () => ({ kind: 'never' as const, quota: 1, perMs: 60_000 }) } };
    const result = await setUp(never).submission.submitBatch(shop, { messages: [good, good] }, options);
    expect(result).toMatchObject({ problem: { code: 'batch_over_limit' }, allowance: { quota: 1 } });
  });

  it.each(['', 'ä', 'two words', 'x'.repeat(256)])('a key that is none is refused: "%s"', async (idempotencyKey) => {
    const { submission } = setUp();
    for (const result of [
      await submission.submit(shop, good, { ...options, idempotencyKey }),
      await submission.submitBatch(shop, { messages: [good] }, { ...options, idempotencyKey }),
    ]) {
      expect(result).toMatchObject({ kind: 'refused', problem: { code: 'invalid_idempotency_key' } });
    }
  });
});
