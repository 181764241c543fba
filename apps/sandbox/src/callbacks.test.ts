import { afterEach, describe, expect, it } from '@jest/globals';
import {
  account,
  appSecret,
  phoneNumberId,
  quick,
  startHook,
  startSandbox,
  webhookTo,
  type HookAnswer,
} from './testing/start.ts';
import type { TimingInput } from './timing.ts';
import { signatureOf } from './whatsapp-cloud/webhook-body.ts';

describe('webhooks', () => {
  let hook: Awaited<ReturnType<typeof startHook>>;
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  afterEach(async () => {
    await sandbox.close();
    await hook.close();
  });

  async function start(timing: TimingInput = {}, answer?: (nth: number) => HookAnswer): Promise<void> {
    hook = await startHook(answer === undefined ? undefined : (_, nth) => answer(nth));
    sandbox = await startSandbox({
      accounts: [account({ webhook: webhookTo(hook), pacePerSecond: null })],
      timing: { ...quick, readMs: null, ...timing },
    });
  }
  const inbound = (text: string) => sandbox.control.whatsappCloud.inbound({ phoneNumberId, from: '15550001111', text });
  const texts = () => hook.messages().map(({ text }) => text);

  it('gather up to a thousand updates in one post', async () => {
    await start({ batchMax: 1000, batchWaitMs: 20 });
    for (let at = 0; at < 2500; at++) inbound(`m${at}`);
    await hook.until(() => hook.messages().length === 2500);
    const sizes = hook.values().map(({ messages }) => messages?.length ?? 0);
    expect(Math.max(...sizes)).toBe(1000);
    expect(hook.values()[0]?.contacts).toHaveLength(1);
  });

  it('put messages and statuses of one post into changes of their own', async () => {
    await start({ batchWaitMs: 30 });
    sandbox.control.pauseCallbacks();
    inbound('a');
    await sandbox.send();
    while (sandbox.control.stats().pendingTimers > 0) await new Promise((resolve) => setImmediate(resolve));
    sandbox.control.resumeCallbacks();
    await hook.until(() => hook.posts.length === 1);
    expect(hook.values().map(({ messages, statuses }) => [messages?.length, statuses?.length])).toEqual([
      [1, undefined],
      [undefined, 2],
    ]);
  });

  it('stay under 3 MB', async () => {
    await start({ batchMax: 1000, batchWaitMs: 20 });
    for (let at = 0; at < 200; at++) inbound('ß'.repeat(4096));
    await hook.until(() => hook.messages().length === 200);
    expect(hook.posts.length).toBeGreaterThan(1);
    expect(Math.max(...hook.posts.map(({ raw }) => raw.length))).toBeLessThan(3_000_000);
  });

  it('come again, the same bytes, with growing pauses, until they are answered with 2xx', async () => {
    await start({ retryFirstMs: 10, retryFactor: 2 }, (nth) => ({ status: nth < 4 ? 500 : 200 }));
    inbound('again');
    await hook.until(() => hook.posts.length === 4);
    expect(new Set(hook.posts.map(({ raw }) => raw)).size).toBe(1);
    expect(hook.posts.at(-1)?.headers['x-hub-signature-256']).toBe(signatureOf(hook.posts[0]?.raw ?? '', appSecret));
    while (sandbox.control.stats().pendingUpdates > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(sandbox.control.stats().callbacks).toMatchObject({ posts: 4, postsFailed: 3, updatesDelivered: 1 });
  });

  it('come again when no answer came in time', async () => {
    await start({ webhookTimeoutMs: 50 }, (nth) => (nth === 1 ? 'hang' : { status: 200 }));
    inbound('slow');
    await hook.until(() => hook.posts.length === 2);
    expect(hook.posts[1]?.raw).toBe(hook.posts[0]?.raw);
  });

  it('are given up at last', async () => {
    await start({ retryFirstMs: 5, retryForMs: 20 }, () => ({ status: 500 }));
    inbound('never');
    while (sandbox.control.stats().callbacks.updatesAbandoned === 0)
      await new Promise((resolve) => setImmediate(resolve));
    expect(sandbox.control.stats().pendingUpdates).toBe(0);
  });

  it('come twice when told to', async () => {
    await start({ duplicateShare: 1, reorderMs: 5 });
    inbound('twice');
    await hook.until(() => hook.messages().length === 2);
    expect(hook.messages()[0]).toEqual(hook.messages()[1]);
  });

  it('overtake each other when told to', async () => {
    await start({ reorderShare: 0.5, reorderMs: 30 });
    const sent = Array.from({ length: 20 }, (_, at) => `m${at}`);
    for (const text of sent) inbound(text);
    await hook.until(() => hook.messages().length === 20);
    const came = texts().map((text) => JSON.stringify(text));
    const inOrder = sent.map((body) => JSON.stringify({ body }));
    expect(came).not.toEqual(inOrder);
    expect(came.toSorted()).toEqual(inOrder.toSorted());
  });

  it('wait while paused', async () => {
    await start();
    sandbox.control.pauseCallbacks();
    inbound('later');
    expect(sandbox.control.stats()).toMatchObject({ pendingUpdates: 1, callbacksPaused: true });
    expect(hook.posts).toHaveLength(0);
    sandbox.control.resumeCallbacks();
    await hook.until(() => hook.messages().length === 1);
  });

  it('are counted and dropped for an account without one', async () => {
    await start();
    await sandbox.control.whatsappCloud.putAccount(account({ webhook: null }));
    inbound('nobody');
    expect(sandbox.control.stats()).toMatchObject({ pendingUpdates: 0, callbacks: { updatesWithoutWebhook: 1 } });
  });
});
