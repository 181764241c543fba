import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTenants } from '@posthorn/access';
import { signedHeaders } from '@posthorn/forwarding';
import { tenantIdSchema } from '@posthorn/message';
import { eventQueue } from '@posthorn/queue';
import type { OpenForwarding } from './testing/open-forwarding.ts';
import { openForwarding, until } from './testing/open-forwarding.ts';
import type { Receiver, ReceiverAnswer, ReceivedCall } from './testing/start-receiver.ts';
import { startReceiver } from './testing/start-receiver.ts';

/** The days of the schedule in half a second. */
const factor = '0.000002';
let open: OpenForwarding;
let metrics: () => Promise<string>;
const receivers: Receiver[] = [];

beforeAll(async () => {
  open = await openForwarding();
  ({ metrics } = await open.start({ POSTHORN_DELAY_FACTOR: factor }));
});
afterEach(async () => {
  for (const { id } of open.subscriptions.list()) await open.subscriptions.remove(id);
  await Promise.all(receivers.splice(0).map(async (each) => await each.close()));
});
afterAll(async () => await open.close());

async function receiver(answer?: (call: ReceivedCall, at: number) => ReceiverAnswer): Promise<Receiver> {
  const started = await startReceiver(answer);
  receivers.push(started);
  return started;
}

const idOf = (call: ReceivedCall | undefined): unknown => call?.headers['webhook-id'];

describe('an event', () => {
  it('reaches every subscriber that wants it, signed, and nobody else', async () => {
    const [all, some, other] = [await receiver(), await receiver(), await receiver()];
    const subscription = await open.subscribe(all.url);
    await open.subscribe(some.url, { types: ['message.cancelled'], channels: [open.channel.id] });
    await open.subscribe(other.url, { channels: [(await open.addChannel()).id] });
    const id = await open.accept(open.channel);
    await open.ledger.cancel(open.channel, id);

    const [accepted] = await all.until((calls) => calls.length === 2);
    await some.until((calls) => calls.length === 1);
    expect(other.calls).toEqual([]);
    expect(some.calls[0]?.event.type).toBe('message.cancelled');
    expect(new Set(all.calls.map(({ event }) => event.type))).toEqual(
      new Set(['message.accepted', 'message.cancelled']),
    );
    const signed = signedHeaders(
      subscription.secrets.map(({ secret }) => secret),
      {
        id: String(idOf(accepted)),
        seconds: Number(accepted?.headers['webhook-timestamp']),
        body: accepted?.body ?? '',
      },
    );
    expect(accepted?.headers).toMatchObject(signed);
    expect(accepted?.event.id).toBe(idOf(accepted));
    expect(accepted?.event.data).toMatchObject({
      channel: { id: open.channel.id, labels: { team: 'berlin' } },
      message: { callbackData: 'order-1' },
    });
  });

  it('is tried again under the same id, with a fresh signature, and each answer is kept', async () => {
    const target = await receiver((_call, at) => (at < 4 ? { status: 500 } : { status: 204 }));
    const { id } = await open.subscribe(target.url);
    await open.accept(open.channel);
    const calls = await target.until((seen) => seen.length === 4);
    expect(new Set(calls.map(idOf)).size).toBe(1);
    const log = await until(
      async () => await open.deliveries.list(id, 10),
      (found) => found.length === 4,
    );
    expect(log.map(({ outcome, status, answer }) => [outcome, status, answer])).toEqual([
      ['delivered', 204, null],
      ['later', 500, 'answer 500'],
      ['later', 500, 'answer 500'],
      ['later', 500, 'answer 500'],
    ]);
  });

  it('of a subscriber that redirects, to a private address too, counts as failed there: nobody follows', async () => {
    const elsewhere = await receiver();
    const places = [elsewhere.url, 'http://169.254.169.254/latest', 'http://10.0.0.1/'];
    const target = await receiver((_call, at) => {
      const location = places[at - 1];
      return location === undefined ? { status: 200 } : { status: 307, headers: { location } };
    });
    const { id } = await open.subscribe(target.url);
    await open.accept(open.channel);
    await target.until((calls) => calls.length === 4);
    expect(elsewhere.calls).toEqual([]);
    const log = await until(
      async () => await open.deliveries.list(id, 10),
      (found) => found.length === 4,
    );
    expect(log.map(({ outcome, status }) => [outcome, status])).toEqual([
      ['delivered', 200],
      ['later', 307],
      ['later', 307],
      ['later', 307],
    ]);
  });
});

describe('content of a tenant that keeps none', () => {
  it('of a received message is there until all who want it were told, and receivers’ answers are not kept', async () => {
    const tenantId = tenantIdSchema.parse(`${open.tenantId}-none`);
    await createTenants({ redis: open.redis }).set(tenantId, { contentKeptMs: 0 });
    const channel = await open.addChannel(tenantId);
    await open.ledger.keepContent(channel, 0);
    const good = await receiver((_call, at) => ({ status: at === 1 ? 500 : 200 }));
    const late = await receiver();
    const { id } = await open.subscribe(good.url, { tenantId });
    const paused = { since: 0, reason: 'maintenance' };
    const resumed = await open.subscribe(late.url, { tenantId, paused });
    await open.outbox.open(channel, 0);
    const inboundId = await open.receive(channel);
    await good.until((calls) => calls.length === 2);
    const answers = async () => (await open.deliveries.list(id, 10)).map(({ outcome, answer }) => [outcome, answer]);
    expect(await until(answers, (found) => found.length === 2)).toEqual([
      ['delivered', null],
      ['later', null],
    ]);
    const left = async () => await open.redis.pttl(`posthorn:{${channel.id}}:i:${inboundId.slice(-26)}`);
    expect(await left()).toBeGreaterThan(86_400_000);

    await open.subscriptions.change(resumed.id, (known) => ({ ...known, paused: null }));
    const [told] = await late.until((calls) => calls.length === 1);
    expect(told?.event.data).toMatchObject({ message: { content: { text: 'hello' } } });
    // An hour from when it came: so long it can be read.
    await until(left, (ms) => ms <= 3_600_000);
  });
});

describe('a subscriber', () => {
  it('that fails for three days is held, its owner’s others are told, and the event is a dead letter', async () => {
    let works = false;
    const [failing, good] = [await receiver(() => ({ status: works ? 204 : 500 })), await receiver()];
    const { id } = await open.subscribe(failing.url, { name: 'crm', channels: [open.channel.id] });
    await open.subscribe(good.url, { types: ['subscription.held'] });
    await open.accept(open.channel);

    const [told] = await good.until((calls) => calls.length > 0);
    expect(told?.event).toMatchObject({
      type: 'subscription.held',
      data: { subscription: { id, name: 'crm' } },
    });
    expect(failing.calls).toHaveLength(10);
    const letters = await until(
      async () => await open.deadEvents.find({ subscriptionId: id }, 10),
      (found) => found.length === 1,
    );
    expect(letters[0]).toMatchObject({ code: 'attempts_exhausted', event: { type: 'message.accepted' } });
    await open.subscriptions.refresh();
    expect(open.subscriptions.get(id)?.held).toMatchObject({ since: expect.any(Number) });

    expect(await open.deliveries.failingSince(id)).toBeGreaterThan(0);

    // What happens while it is held waits for it, and that it was held: once resumed, it is told both.
    const [before, missed] = [failing.calls.length, await open.accept(open.channel)];
    await until(
      async () => await open.backlog.waiting(id),
      (waiting) => waiting === 2,
    );
    works = true;
    await open.subscriptions.change(id, (known) => ({ ...known, held: null }));
    // As a resume does: what waits is tried at once.
    await open.queues.open(eventQueue(id)).promoteJobs();
    const later = (await failing.until((calls) => calls.length === before + 2)).slice(before);
    expect(new Set(later.map(({ event }) => event.type))).toEqual(new Set(['message.accepted', 'subscription.held']));
    expect(later.some(({ body }) => body.includes(missed))).toBe(true);
    await until(
      async () => await open.deliveries.failingSince(id),
      (since) => since === null,
    );
    expect(await metrics()).toMatch(/posthorn_event_deliveries_total\{[^}]*outcome="dead"[^}]*\} [1-9]/u);
  });

  it('that answers 410 is disabled at once', async () => {
    const gone = await receiver(() => ({ status: 410 }));
    const { id } = await open.subscribe(gone.url);
    await open.accept(open.channel);
    const subscription = await until(
      async () => {
        await open.subscriptions.refresh();
        return open.subscriptions.get(id);
      },
      (found) => found?.disabled !== null,
    );
    expect(subscription?.disabled?.reason).toContain('410');
    expect(gone.calls).toHaveLength(1);
  });

  it('that asks for quiet has it, for all its events', async () => {
    const times: number[] = [];
    const target = await receiver((_call, at) => {
      times.push(performance.now());
      return at === 1 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 200 };
    });
    await open.subscribe(target.url, { concurrency: 1 });
    await open.accept(open.channel);
    await target.until((calls) => calls.length === 1);
    await open.accept(open.channel);
    const calls = await target.until((seen) => seen.length === 3);
    expect(new Set(calls.map(idOf)).size).toBe(2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('with a pace of its own is told no faster, however much waits for it', async () => {
    const times: number[] = [];
    const target = await receiver(() => {
      times.push(performance.now());
      return { status: 204 };
    });
    const paused = { since: 1, reason: 'owner' };
    const { id } = await open.subscribe(target.url, { pacePerSecond: 20, concurrency: 10, paused });
    for (let at = 0; at < 31; at += 1) await open.accept(open.channel);
    await until(
      async () => await open.backlog.waiting(id),
      (waiting) => waiting === 31,
    );
    await open.subscriptions.change(id, (known) => ({ ...known, paused: null }));
    await target.until((calls) => calls.length === 31);
    // Two in each window of 100 ms, and each window a little longer: 31 are in sixteen of them, so fifteen lie between the first and the last. Half of
    // that is left for a first one that is seen late, on a machine with other work.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(750);
  });

  it('that is dead or slow delays nobody', async () => {
    const [slow, good] = [await receiver(() => ({ status: 200, afterMs: 1_500 })), await receiver()];
    await open.subscribe('http://127.0.0.1:9/');
    await open.subscribe(slow.url, { concurrency: 1 });
    await open.subscribe(good.url);
    for (let at = 0; at < 20; at += 1) await open.accept(open.channel);
    await good.until((calls) => calls.length === 20);
    expect(slow.calls.length).toBeLessThan(20);
  });

  it('whose address leads to ourselves is not called, and its log says why', async () => {
    const { id } = await open.subscribe('http://169.254.169.254/latest');
    await open.accept(open.channel);
    const [first] = await until(
      async () => await open.deliveries.list(id, 10),
      (found) => found.length > 0,
    );
    expect(first?.status).toBeNull();
    expect(['address_refused', 'https_required']).toContain(first?.reason);
  });

  it('with a full budget is left behind, and gets everything once it takes it again', async () => {
    const target = await receiver();
    const { id } = await open.subscribe(target.url, {
      backlogMax: 20,
      paused: { since: 1, reason: 'owner' },
      channels: [open.channel.id],
    });
    for (let at = 0; at < 30; at += 1) await open.accept(open.channel, `number-${at}`);
    await until(
      async () => await open.backlog.behind(id),
      (behind) => behind.size === 1,
    );
    expect(await open.backlog.waiting(id)).toBeLessThanOrEqual(20);
    await open.subscriptions.change(id, (known) => ({ ...known, paused: null }));
    const calls = await target.until((seen) => new Set(seen.map(idOf)).size === 30);
    expect(calls.length).toBeGreaterThanOrEqual(30);
    await until(
      async () => await open.backlog.behind(id),
      (behind) => behind.size === 0,
    );
    await open.accept(open.channel, 'afterwards');
    await target.until((seen) => seen.some(({ body }) => body.includes('afterwards')));
  });
});
