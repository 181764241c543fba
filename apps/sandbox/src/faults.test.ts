import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { account, errorOf, phoneNumberId, sentOf, startHook, startSandbox, webhookTo } from './testing/start.ts';

describe('faults on demand', () => {
  let hook: Awaited<ReturnType<typeof startHook>>;
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  beforeEach(async () => {
    hook = await startHook();
    sandbox = await startSandbox({ accounts: [account({ webhook: webhookTo(hook) })] });
  });
  afterEach(async () => {
    await sandbox.close();
    await hook.close();
  });
  const taken = () => sandbox.control.stats().accepted;
  const names = () => hook.statuses().map(({ status }) => status);
  const codes = async (count: number, body: object = {}) => {
    const seen: (number | null)[] = [];
    for (let at = 0; at < count; at++) {
      const reply = await sandbox.send(body);
      seen.push(reply.status === 200 ? null : errorOf.parse(reply.body).error.code);
    }
    return seen;
  };

  it('answers with an error of the code asked for', async () => {
    sandbox.control.faults.add({
      action: {
        kind: 'error',
        code: 190,
        subcode: 463,
        message: 'Session has expired',
        headers: { 'x-app-usage': '{}' },
      },
    });
    const reply = await sandbox.send();
    expect(reply.status).toBe(401);
    expect(reply.headers.get('x-app-usage')).toBe('{}');
    expect(errorOf.parse(reply.body).error).toMatchObject({
      code: 190,
      error_subcode: 463,
      message: 'Session has expired',
    });
    expect(taken()).toBe(0);
  });

  it('knows the usual words and status of a code', async () => {
    sandbox.control.faults.add({ action: { kind: 'error', code: 131056 } });
    const reply = await sandbox.send();
    expect(reply.status).toBe(400);
    expect(errorOf.parse(reply.body).error).toMatchObject({
      message: '(#131056) (Business Account, Consumer Account) pair rate limit hit',
      error_data: { details: expect.stringContaining('too many messages') },
    });
  });

  it('answers with any status and body, whether the message is taken or not', async () => {
    sandbox.control.faults.add({ times: 1, action: { kind: 'http', status: 502, body: '<h1>Bad gateway</h1>' } });
    sandbox.control.faults.add({ times: 1, action: { kind: 'http', status: 503, body: 'gone', taken: true } });
    const [first, second] = [await sandbox.send(), await sandbox.send()];
    expect([first.status, first.text, second.status, second.text]).toEqual([502, '<h1>Bad gateway</h1>', 503, 'gone']);
    await hook.until(() => names().length === 3);
    expect(taken()).toBe(1);
  });

  it('waits before it answers, and then answers as the next rule says', async () => {
    sandbox.control.faults.add({ action: { kind: 'delay', ms: 60 } });
    sandbox.control.faults.add({ action: { kind: 'error', code: 131000 } });
    const startedMs = performance.now();
    expect(await codes(1)).toEqual([131000]);
    expect(performance.now() - startedMs).toBeGreaterThan(55);
  });

  it.each([
    { kind: 'hang', took: true },
    { kind: 'hang', took: false },
    { kind: 'close', took: true },
    { kind: 'close', took: false },
  ] as const)('loses the answer ($kind), message taken: $took', async ({ kind, took }) => {
    sandbox.control.faults.add({ times: 1, action: { kind, taken: took } });
    const abort = new AbortController();
    const lost = fetch(`${sandbox.url}/v25.0/${phoneNumberId}/messages`, {
      method: 'POST',
      headers: { authorization: 'Bearer EAAtesttoken0001', 'content-type': 'application/json' },
      body: JSON.stringify({ messaging_product: 'whatsapp', to: '15550001111', text: { body: 'a' } }),
      signal: abort.signal,
    });
    const outcome = lost.then(
      () => 'answered',
      () => 'no answer',
    );
    // The control message behind it proves that the lost one has been dealt with.
    await sandbox.send({ biz_opaque_callback_data: 'after' });
    await hook.until(() => names().length === (took ? 6 : 3));
    abort.abort();
    expect(await outcome).toBe('no answer');
    expect(taken()).toBe(took ? 2 : 1);
    expect(sandbox.control.history.list().entries.map(({ answer }) => answer.status)).toContain(null);
  });

  it('answers a success nobody can read, with the message taken', async () => {
    sandbox.control.faults.add({ action: { kind: 'malformed' } });
    const reply = await sandbox.send();
    expect([reply.status, reply.body]).toEqual([200, null]);
    await hook.until(() => names().length === 3);
  });

  it('accepts and fails later, before or after sent', async () => {
    sandbox.control.faults.add({ match: { to: '1555001' }, action: { kind: 'fail_later', code: 131026 } });
    sandbox.control.faults.add({
      match: { to: '1555002' },
      action: { kind: 'fail_later', code: 131049, afterSent: true },
    });
    expect(await codes(1, { to: '1555001' })).toEqual([null]);
    await hook.until(() => names().length === 1);
    expect(hook.statuses()[0]).toMatchObject({
      status: 'failed',
      errors: [{ code: 131026, title: 'Message undeliverable', error_data: { details: 'Message Undeliverable.' } }],
    });
    await codes(1, { to: '1555002' });
    await hook.until(() => names().length === 3);
    expect(names()).toEqual(['failed', 'sent', 'failed']);
  });

  it('tells statuses in any order, doubled, or not at all', async () => {
    sandbox.control.faults.add({
      times: 1,
      action: { kind: 'statuses', order: ['read', 'sent', 'sent', 'delivered'] },
    });
    sandbox.control.faults.add({ times: 1, action: { kind: 'statuses', order: [] } });
    await codes(1);
    await hook.until(() => names().length === 4);
    expect(names()).toEqual(['read', 'sent', 'sent', 'delivered']);
    await codes(1);
    expect(sandbox.control.stats()).toMatchObject({ accepted: 2, pendingTimers: 0, pendingUpdates: 0 });
  });

  it('fits by number, recipient, type, words and callback data', async () => {
    const error = { kind: 'error', code: 131000 } as const;
    sandbox.control.faults.add({ match: { phoneNumberId: '9' }, action: error });
    sandbox.control.faults.add({ match: { type: 'image' }, action: error });
    sandbox.control.faults.add({ match: { textContains: 'unlucky' }, action: error });
    sandbox.control.faults.add({ match: { callbackData: 'x' }, action: error });
    expect(await codes(1)).toEqual([null]);
    expect(await codes(1, { text: { body: 'an unlucky one' } })).toEqual([131000]);
    expect(await codes(1, { biz_opaque_callback_data: 'x' })).toEqual([131000]);
    expect(await codes(1, { type: 'image', image: { link: 'https://files.example.test/a.jpg' } })).toEqual([131000]);
  });

  it('fires for the nth, for every k-th, by chance, and as often as asked', async () => {
    const add = (id: string, match: object, times?: number) =>
      sandbox.control.faults.add({
        id,
        match,
        ...(times === undefined ? {} : { times }),
        action: { kind: 'error', code: 131000 },
      });
    add('nth', { nth: 2 });
    expect(await codes(3)).toEqual([null, 131000, null]);
    sandbox.control.faults.clear();
    add('every', { every: 3 }, 1);
    expect(await codes(6)).toEqual([null, null, 131000, null, null, null]);
    sandbox.control.faults.clear();
    add('chance', { probability: 0.5 });
    const failed = (await codes(60)).filter((code) => code !== null).length;
    expect(failed).toBeGreaterThan(15);
    expect(failed).toBeLessThan(45);
    expect(sandbox.control.faults.list()).toMatchObject([{ id: 'chance', seen: 60, fired: failed }]);
  });

  it('touches other calls only where a rule names them', async () => {
    sandbox.control.faults.add({ match: { operation: 'read' }, action: { kind: 'error', code: 131009 } });
    expect(sentOf.safeParse((await sandbox.send()).body).success).toBe(true);
    const read = { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.A' };
    const reply = await sandbox.asMeta('POST', `/v25.0/${phoneNumberId}/messages`, read);
    expect(errorOf.parse(reply.body).error.code).toBe(131009);
  });
});
