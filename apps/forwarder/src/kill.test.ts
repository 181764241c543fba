import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { OpenForwarding } from './testing/open-forwarding.ts';
import { openForwarding, until } from './testing/open-forwarding.ts';
import type { Receiver } from './testing/start-receiver.ts';
import { startReceiver } from './testing/start-receiver.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const events = 120;
const started: ChildProcess[] = [];
let open: OpenForwarding;
let receiver: Receiver;

afterAll(async () => {
  await Promise.all(started.map(end));
  await receiver.close();
  await open.close();
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function startProcess(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    env: {
      PATH: process.env['PATH'] ?? '',
      REDIS_URL: open.redisUrl,
      ...open.keys,
      POSTHORN_FORWARDER_HOST: '127.0.0.1',
      POSTHORN_FORWARDER_PORT: '0',
      POSTHORN_CALLBACK_ALLOW: '127.0.0.0/8',
      POSTHORN_LOCK_MS: '1s',
      POSTHORN_STALLED_INTERVAL_MS: '500ms',
      POSTHORN_EVENT_SWEEP_MS: '500ms',
      POSTHORN_FOLLOW_MS: '100ms',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) if (line.includes('the forwarder runs')) break;
  child.stdout.resume();
  return child;
}

describe('a forwarder killed in the middle', () => {
  it('loses no event; what is posted again comes under the same id', async () => {
    open = await openForwarding();
    receiver = await startReceiver(() => ({ status: 204, afterMs: 30 }));
    const { id } = await open.subscribe(receiver.url, { concurrency: 4 });
    const first = await startProcess();
    const accepting = (async () => {
      for (let at = 0; at < events; at += 1) await open.accept(open.channel, `number-${at}`);
    })();
    // While events are fanned out, and while four are under way.
    await receiver.until((calls) => calls.length >= events / 10);
    await end(first);
    await accepting;
    await startProcess();
    const calls = await receiver.until((seen) => new Set(seen.map(({ event }) => event.id)).size === events);
    const byId = Map.groupBy(calls, ({ event }) => event.id);
    for (const again of byId.values()) {
      expect(new Set(again.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    }
    expect(calls.length).toBeLessThan(events * 2);
    await until(
      async () => await open.backlog.waiting(id),
      (waiting) => waiting === 0,
    );
  });
});
