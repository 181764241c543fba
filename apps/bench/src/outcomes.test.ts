import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { messageIdSchema, recipientSchema, toMessageId } from '@posthorn/message';
import type { MessageId, Status } from '@posthorn/message';
import { createDeadLetters, createPauses, sendQueue } from '@posthorn/queue';
import { systemClock } from '@posthorn/runtime';
import { ulid } from 'ulid';
import { z } from 'zod';
import type { Fleet } from './fleet.ts';
import { call, startFleet } from './fleet.ts';

let fleet: Fleet;
let recipient = 1_000_000;

beforeAll(async () => {
  fleet = await startFleet({
    workers: 1,
    env: {
      POSTHORN_BACKOFF_BASE_MS: '20',
      POSTHORN_DELAY_FACTOR: '0.01',
      POSTHORN_SEND_ATTEMPTS_MAX: '3',
      POSTHORN_SEND_TIMEOUT_MS: '500',
      POSTHORN_SWEEP_MS: '200',
      POSTHORN_HEAD_IDLE_MS: '200',
    },
    timing: { sentMs: 1, deliveredMs: 1, readMs: 1 },
  });
});
afterAll(async () => {
  await fleet.close();
});
afterEach(async () => {
  await call(`${fleet.sandbox.url}/_sandbox/faults`, 'DELETE');
});

async function fault(action: object, times = 1, match: object = {}): Promise<void> {
  await call(`${fleet.sandbox.url}/_sandbox/faults`, 'POST', { times, action, match });
}

async function send(more: object = {}): Promise<MessageId> {
  recipient += 1;
  const body = {
    channelId: fleet.channelId,
    to: `+1555${recipient}`,
    content: { type: 'text', body: 'hello' },
    ...more,
  };
  const answer = await call(`${fleet.ingress.url}/v1/messages`, 'POST', body, {
    authorization: `Bearer ${fleet.apiKey}`,
  });
  return z.object({ id: messageIdSchema }).parse(answer).id;
}

async function look(id: MessageId) {
  const found = await fleet.ledger.get(fleet.channel, id);
  if (found === null) throw new Error(`${id} is lost`);
  return found;
}

async function until<Value>(what: string, get: () => Promise<Value>, good: (value: Value) => boolean): Promise<Value> {
  const giveUp = Date.now() + 120_000;
  for (;;) {
    const value = await get();
    if (good(value)) return value;
    if (Date.now() > giveUp) throw new Error(`waited 120 s in vain: ${what}, last ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const reach = async (id: MessageId, status: Status) =>
  await until(
    `${id} to be ${status}`,
    async () => await look(id),
    ({ message }) => message.status === status,
  );

/** Calls that the provider counted for a message. */
async function callsOf(id: MessageId): Promise<number> {
  return z
    .object({ calls: z.number() })
    .parse(await call(`${fleet.sandbox.url}/_sandbox/counts?by=callbackData&key=${id}`, 'GET')).calls;
}

describe('a channel added while the fleet runs', () => {
  it('sends, and hears of delivery, without a restart', async () => {
    const { message, timeline } = await reach(await send({ callbackData: 'order 7' }), 'read');
    expect(message.sealed?.callbackData).toBe('order 7');
    expect(timeline.map(({ what, status }) => status ?? what)).toEqual([
      'accepted',
      'submitted',
      'sent',
      'delivered',
      'read',
    ]);
  });
});

describe('a recoverable failure', () => {
  it('is tried again with backoff, and spends attempts', async () => {
    await fault({ kind: 'error', code: 131000 }, 2);
    const { message } = await reach(await send(), 'read');
    expect(message.attempts).toBe(3);
  });

  it('is a dead letter after as many attempts as there are', async () => {
    await fault({ kind: 'error', code: 131000 }, 3);
    const id = await send();
    const { message } = await reach(id, 'failed');
    expect(message).toMatchObject({
      attempts: 3,
      failure: { code: 'provider_unavailable', problem: { code: '131000' } },
    });
    expect(await callsOf(id)).toBe(3);
  });

  it('by throttling spends no attempt', async () => {
    await fault({ kind: 'error', code: 130429 });
    const { message, timeline } = await reach(await send(), 'read');
    expect(message.attempts).toBe(1);
    expect(timeline.find(({ code }) => code === 'throttled')?.problem?.code).toBe('130429');
  });
});

describe('no answer', () => {
  it.each([
    ['the connection was closed after the message was taken', { kind: 'close', taken: true }],
    ['the answer never came', { kind: 'hang', taken: true }],
  ])('because %s: not sent again, and settled by the status that carries our id', async (_why, action) => {
    await fault(action);
    const id = await send();
    await reach(id, 'read');
    expect(await callsOf(id)).toBe(1);
  });

  it('because the provider never took it: held, and not sent again', async () => {
    await fault({ kind: 'close', taken: false });
    const id = await send();
    const { waitsFor } = await reach(id, 'held');
    expect(waitsFor?.kind).toBe('evidence');
    expect(await callsOf(id)).toBe(1);
  });
});

describe('a failure told later', () => {
  it('that the table lets retry is tried again as a new generation', async () => {
    await fault({ kind: 'fail_later', code: 131000 });
    const id = await send();
    const { message, timeline } = await reach(id, 'read');
    expect(message).toMatchObject({ generation: 2, attempts: 2, possibleDuplicate: false });
    expect(timeline.map(({ what }) => what)).toContain('retried');
    expect(await callsOf(id)).toBe(2);
  });
});

describe('a held message', () => {
  it('is sent again once where its channel says so, labelled, and then left to people', async () => {
    const channel = { id: fleet.channelId, provider: 'whatsapp-cloud', pacePerSecond: 100_000 };
    const settings = {
      phoneNumberId: fleet.phoneNumberId,
      wabaId: '102290129340398',
      accessToken: fleet.accessToken,
      appSecret: fleet.appSecret,
      verifyToken: 'a-verify-token',
      baseUrl: fleet.sandbox.url,
    };
    await fleet.putChannel({ ...channel, settings, heldGraceMs: 300, heldPolicy: 'resend' });
    // Those that other tests left held are sent again now, too.
    const only = { textContains: 'into the silence' };
    const own = { content: { type: 'text', body: only.textContains } };
    await fault({ kind: 'close', taken: false }, 1, only);
    const { message } = await reach(await send(own), 'read');
    expect(message).toMatchObject({ generation: 2, possibleDuplicate: true });
    await fault({ kind: 'close', taken: false }, 2, only);
    const id = await send(own);
    await until(
      'the second silence',
      async () => await look(id),
      ({ timeline }) => timeline.some(({ what }) => what === 'passed'),
    );
    expect(await callsOf(id)).toBe(2);
    await fleet.putChannel({ ...channel, settings });
  });

  it('is found at Twilio by a search, if it is the only one that fits', async () => {
    const accountSid = `AC${'7'.repeat(32)}`;
    const [sender, to, text] = ['+15550007777', '+15550008888', 'Where did it go?'];
    const accounts = `${fleet.sandbox.url}/_sandbox/twilio/accounts`;
    await call(`${accounts}/${encodeURIComponent(sender)}`, 'PUT', { accountSid, authToken: 'hush' });
    const channel = await fleet.putChannel({
      id: `${fleet.channelId}-twilio`,
      provider: 'twilio',
      heldGraceMs: 60_000,
      settings: {
        accountSid,
        authToken: 'hush',
        from: sender,
        publicUrl: fleet.ingress.url,
        baseUrl: fleet.sandbox.url,
      },
    });
    // What a worker does that dies between the call and its record.
    const id = toMessageId(channel.id, ulid());
    const sealed = { to: recipientSchema.parse(to), content: { type: 'text', body: text } } as const;
    const { tenantId } = channel;
    const times = { sendAt: null, expiresAt: null, traceparent: null };
    await fleet.ledger.accept(channel, { id, tenantId, lane: 'normal', ordered: true, sealed, ...times });
    const task = { channel, messageId: id, generation: 1 };
    await fleet.ledger.claim(task, null);
    const sent = await fetch(`${fleet.sandbox.url}/2010-04-01/Accounts/${accountSid}/Messages.json`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${accountSid}:hush`).toString('base64')}` },
      body: new URLSearchParams({ To: `whatsapp:${to}`, From: `whatsapp:${sender}`, Body: text }),
    });
    const { sid } = z.object({ sid: z.string() }).parse(await sent.json());
    expect(await fleet.ledger.claim(task, null)).toEqual({ kind: 'held' });
    const found = await until(
      'the look-up',
      async () => await fleet.ledger.get(channel, id),
      (held) => held?.message.status === 'submitted',
    );
    expect(found?.message.externalId).toBe(sid);
    expect(found?.timeline.map(({ what }) => what)).toContain('evidence');
  });
});

describe('an unrecoverable failure', () => {
  const deadLetters = () => createDeadLetters({ queues: fleet.queues, clock: systemClock });

  it.each([
    ['at once', { kind: 'error', code: 131026 }, 'recipient_unreachable'],
    ['by callback, long after it was submitted', { kind: 'fail_later', code: 131047 }, 'window_closed'],
  ])('that comes %s is a dead letter with its reason, and a replay sends it', async (_when, action, code) => {
    await fault(action);
    const id = await send();
    await reach(id, 'failed');
    const letter = await until(
      'the dead letter',
      async () => await deadLetters().get(fleet.channel.provider, `dead_${id}_1`),
      (found) => found !== null,
    );
    expect(letter).toMatchObject({ code, messageId: id, generation: 1 });
    expect(await fleet.ledger.replay(fleet.channel, id, 1, 'a test')).toEqual({ kind: 'replayed' });
    const { message } = await reach(id, 'read');
    expect(message.generation).toBe(2);
  });
});

describe('refused credentials', () => {
  it('pause the channel and keep its messages; they go when it is resumed', async () => {
    await fault({ kind: 'error', code: 190 });
    const id = await send();
    const paused = await until(
      'the pause',
      async () => (await look(id)).waitsFor,
      (waits) => waits?.kind === 'channel_paused',
    );
    expect(paused).toMatchObject({ kind: 'channel_paused', reasons: ['credentials'] });
    expect((await look(id)).message).toMatchObject({ status: 'accepted', attempts: 0 });
    await createPauses({ redis: fleet.redis, queues: fleet.queues, clock: systemClock }).resume(
      fleet.channel,
      'credentials',
    );
    const later = await send();
    await reach(later, 'read');
  });
});

describe('a job that was lost', () => {
  it('comes back by the sweep, and its message goes', async () => {
    const pauses = createPauses({ redis: fleet.redis, queues: fleet.queues, clock: systemClock });
    await pauses.pause(fleet.channel, 'operator', 'a test');
    const id = await send();
    await fleet.queues.open(sendQueue(fleet.channel)).remove(`${id}_1`);
    await pauses.resume(fleet.channel, 'operator');
    const { timeline } = await reach(id, 'read');
    expect(timeline.map(({ what }) => what)).toContain('repaired');
  });
});

describe('order', () => {
  it('is kept for one recipient while failures are injected', async () => {
    const to = '+15559990001';
    await fault({ kind: 'error', code: 131000 }, 2);
    const ids: MessageId[] = [];
    for (let at = 0; at < 10; at += 1) ids.push(await send({ to, content: { type: 'text', body: `number ${at}` } }));
    await Promise.all(ids.map(async (id) => await reach(id, 'read')));
    const history = z
      .object({ entries: z.array(z.object({ callbackData: z.string().nullable() })) })
      .parse(await call(`${fleet.sandbox.url}/_sandbox/history?to=${to.slice(1)}&limit=100`, 'GET'));
    const first = [...new Set(history.entries.map(({ callbackData }) => callbackData))];
    expect(first).toEqual(ids);
  });
});
