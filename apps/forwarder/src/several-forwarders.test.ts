import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { countConsumers, countJobs, eventQueue, type EventBacklog } from '@posthorn/queue';
import { createSilentLog } from '@posthorn/runtime';
import type { Subscription } from '@posthorn/subscription';
import { createFanOut } from './fan-out.ts';
import type { OpenForwarding } from './testing/open-forwarding.ts';
import { openForwarding, until } from './testing/open-forwarding.ts';
import type { Receiver, ReceiverAnswer } from './testing/start-receiver.ts';
import { startReceiver } from './testing/start-receiver.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const children: ChildProcess[] = [];
const receivers: Receiver[] = [];
const subscriptions: Subscription[] = [];
let open: OpenForwarding;

beforeEach(async () => {
  // A database of its own: all forwarders of a Redis share its subscriptions, and those of other suites cannot read these.
  open = await openForwarding(7);
});
afterEach(async () => {
  await Promise.all(children.splice(0).map(end));
  await open.close();
  await Promise.all(receivers.splice(0).map(async (each) => await each.close()));
  subscriptions.splice(0);
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Each subscription has one server, so one that dies leaves some alone; and what it had under way is free soon. */
const alone = { POSTHORN_QUEUE_PROCESSES: '1', POSTHORN_LOCK_MS: '3s', POSTHORN_STALLED_INTERVAL_MS: '1s' };

async function startProcess(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    env: {
      PATH: process.env['PATH'] ?? '',
      REDIS_URL: open.redisUrl,
      ...open.keys,
      POSTHORN_FORWARDER_HOST: '127.0.0.1',
      POSTHORN_FORWARDER_PORT: '0',
      POSTHORN_CALLBACK_ALLOW: '127.0.0.0/8',
      POSTHORN_EVENT_SWEEP_MS: '500ms',
      POSTHORN_FOLLOW_MS: '100ms',
      ...alone,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) if (line.includes('the forwarder runs')) break;
  child.stdout.resume();
  return child;
}

async function subscribe(answer?: () => ReceiverAnswer): Promise<Receiver> {
  const receiver = await startReceiver(answer);
  receivers.push(receiver);
  subscriptions.push(await open.subscribe(receiver.url, { types: ['message.accepted'] }));
  return receiver;
}

/** The last one saw all the others as it started. What is subscribed to before that goes from one to another for 10 s. */
async function seeEachOther(all: number, told: number): Promise<void> {
  const lines = async () => await Promise.resolve(open.logLines().filter(({ processes }) => processes === all));
  await until(lines, ({ length }) => length >= told);
}

/** By how many each subscription is served. */
async function servers(): Promise<readonly number[]> {
  return await Promise.all(subscriptions.map(async ({ id }) => await countConsumers(open.queues, eventQueue(id))));
}

/** What stands in a forwarder's gauge of subscriptions. */
async function servedBy({ metrics }: { readonly metrics: () => Promise<string> }): Promise<number> {
  return Number(/^posthorn_served_subscriptions\S* (?<count>\d+)$/mu.exec(await metrics())?.groups?.['count'] ?? 0);
}

async function jobsLeft(): Promise<number> {
  const counts = subscriptions.map(async ({ id }) => await countJobs(open.queues, eventQueue(id)));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** So many events have come to each receiver, and all are settled. */
async function allTold(count: number): Promise<void> {
  for (const each of receivers) await each.until((calls) => new Set(calls.map(({ event }) => event.id)).size === count);
  await until(jobsLeft, (left) => left === 0);
}

describe('a forwarder killed in the middle', () => {
  it('loses no event: another one serves its subscriptions, and what is posted again comes under the same id', async () => {
    const events = 120;
    const other = await open.start(alone);
    const killed = await startProcess();
    await seeEachOther(2, 1);
    // Which serves which, chance says.
    do {
      await subscribe(() => ({ status: 204, afterMs: 30 }));
      await until(servers, (counts) => counts.every((count) => count === 1));
    } while ((await servedBy(other)) === 0 || (await servedBy(other)) === subscriptions.length);

    const accepting = (async () => {
      for (let at = 0; at < events; at += 1) await open.accept(open.channel, `number-${at}`);
    })();
    // While events are fanned out, and while four are under way for each.
    for (const each of receivers) await each.until((calls) => calls.length >= events / 10);
    await end(killed);
    await accepting;
    await allTold(events);
    await until(
      async () => await servedBy(other),
      (count) => count === subscriptions.length,
    );
    for (const { calls } of receivers) {
      for (const again of Map.groupBy(calls, ({ event }) => event.id).values())
        expect(new Set(again.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
      expect(calls.length).toBeLessThan(events * 2);
    }
  });
});

describe('a forwarder that stops in good order', () => {
  it('leaves what it served to the others, two for each subscription, and nothing is told twice', async () => {
    const [stopping, ...others] = [await open.start(), await open.start(), await open.start()];
    await seeEachOther(3, 2);
    for (let at = 0; at < 6; at += 1) await subscribe();
    await until(servers, (counts) => counts.every((count) => count === 2));
    const accepting = (async () => {
      for (let at = 0; at < 40; at += 1) await open.accept(open.channel);
    })();
    await receivers[0]?.until((calls) => calls.length >= 3);
    await stopping.stop();
    await accepting;
    await allTold(40);
    expect(receivers.map(({ calls }) => calls.length)).toEqual([40, 40, 40, 40, 40, 40]);
    await until(
      async () => await Promise.all(others.map(servedBy)),
      (counts) => counts.every((count) => count === 6),
    );
    await until(servers, (counts) => counts.every((count) => count === 2));
  });

  it('lets the next one go on behind what it had handed over', async () => {
    await subscribe();
    await open.outbox.open(open.channel, 0);
    await open.accept(open.channel);
    const { outbox, channels } = open;
    const stopped: Promise<void>[] = [];
    const backlog: EventBacklog = {
      ...open.backlog,
      offer: async (offer) => {
        stopped.push(fanOut.close());
        return await open.backlog.offer(offer);
      },
    };
    const fanOut = createFanOut({
      outbox,
      backlog,
      channels,
      subscriptions: open.subscriptions,
      log: createSilentLog(),
      onMissed: () => undefined,
      onBehind: () => undefined,
    });
    await fanOut.sweep();
    await Promise.all(stopped);
    expect([stopped.length, await jobsLeft()]).toEqual([1, 1]);
    // The channel was given back, and nothing in it is left to be handed over again.
    expect(await outbox.take(open.channel, 'another', null, 10)).toMatchObject({ kind: 'taken', events: [] });
  });
});
