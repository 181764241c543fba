import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appRoutes } from '@bull-board/api/dist/routes.js';
import { deadQueue, eventQueue, sendQueue } from '@posthorn/queue';
import { z } from 'zod';
import { startTestOps, type TestOps } from './testing/start-test-ops.ts';

const queuesSchema = z.object({
  queues: z.array(
    z.object({
      name: z.string(),
      delimiter: z.string(),
      description: z.string().optional(),
      readOnlyMode: z.boolean(),
      allowRetries: z.boolean(),
      jobs: z.array(z.record(z.string(), z.unknown())),
    }),
  ),
});

async function listed(ops: TestOps, activeQueue = '') {
  const { text } = await ops.call(
    'GET',
    `/queues/api/queues?activeQueue=${encodeURIComponent(activeQueue)}&status=latest`,
  );
  return queuesSchema.parse(JSON.parse(text)).queues.filter(({ name }) => name.includes(ops.provider));
}

describe('Bull Board: what it lists', () => {
  let ops: TestOps;
  beforeAll(async () => {
    ops = await startTestOps();
  });
  afterAll(async () => await ops.close());

  it('lists dead letters and webhooks of each provider, and groups all by the parts of their names', async () => {
    const queues = await listed(ops);
    expect(queues.map(({ name }) => name)).toEqual([`dead.${ops.provider}`, `webhook.${ops.provider}`]);
    expect(queues.every(({ delimiter }) => delimiter === '.')).toBe(true);
    const { text } = await ops.call('GET', '/queues/');
    expect(text).toContain('"groupByDelimiter":true');
  });

  it('follows channels as they come and go', async () => {
    const channel = await ops.addChannel('Support, Berlin');
    const name = sendQueue(channel).name;
    const found = (await listed(ops)).find((queue) => queue.name === name);
    expect(found).toMatchObject({ readOnlyMode: true, allowRetries: false });
    expect(found?.description).toContain('Support, Berlin');

    await ops.registry.remove(channel.id);
    expect((await listed(ops)).map((queue) => queue.name)).not.toContain(name);
  });

  it('lists the queue of each subscriber, and never its address', async () => {
    const { id } = await ops.subscribe({ name: 'crm', held: { since: 1, reason: 'failing' } });
    const job = {
      v: 1,
      kind: 'own',
      subscriptionId: id,
      type: 'subscription.test',
      at: 1,
      failed: 2,
      eventId: 'evt_1',
      data: {},
    };
    await ops.queues.open(eventQueue(id)).add('event', { ...job, url: 'https://example.com/never-shown' });
    const { text } = await ops.call('GET', `/queues/api/queues?activeQueue=event.${id}&status=latest`);
    const queue = queuesSchema.parse(JSON.parse(text)).queues.find(({ name }) => name === `event.${id}`);
    expect(queue).toMatchObject({ readOnlyMode: true, allowRetries: false, jobs: [{ data: job }] });
    expect(queue?.description).toContain('crm. Held.');
    expect(text).not.toContain('never-shown');
    await ops.subscriptions.remove(id);
    expect((await ops.call('GET', '/queues/api/queues')).text).not.toContain(id);
  });

  it('has a page of subscribers, those that fail first', async () => {
    const [fine, failing] = [await ops.subscribe(), await ops.subscribe({ name: 'crm' })];
    const record = { eventId: 'evt_1', type: 'message.read', attempt: 1, reason: null, durationMs: 1, nextAt: null };
    const at = 1_764_000_000_000;
    await ops.deliveries.add(failing.id, { ...record, at, outcome: 'later', status: 500, answer: 'private' });
    const { text } = await ops.call('GET', '/subscriptions');
    expect(text.indexOf(failing.id)).toBeGreaterThan(0);
    expect(text.indexOf(failing.id)).toBeLessThan(text.indexOf(fine.id));
    expect(text).toContain('2025-11-24 16:00:00');
    expect(text).not.toMatch(/never-shown|private/u);
    for (const { id } of [fine, failing]) await ops.subscriptions.remove(id);
    await ops.deliveries.forget(failing.id);
  });

  it('shows of a job where it points to, and nothing else', async () => {
    const channel = await ops.addChannel();
    const messageId = await ops.accept(channel);
    const ref = sendQueue(channel);
    await ops.queues.open(ref).add('stray', { to: '+15550001111', text: 'hello' }, { jobId: 'stray_1' });
    await ops.queues
      .open(ref)
      .add('send', { v: 1, channelId: channel.id, messageId, generation: 2, to: '+15550001111' }, { jobId: 'more_1' });

    const queue = (await listed(ops, ref.name)).find(({ name }) => name === ref.name);
    expect(queue?.jobs.map(({ data }) => data)).toEqual(
      expect.arrayContaining([
        { v: 1, channelId: channel.id, messageId, generation: 1 },
        { v: 1, channelId: channel.id, messageId, generation: 2 },
        { hidden: 'not a job this release knows' },
      ]),
    );
    expect(JSON.stringify(queue)).not.toMatch(/5550001111|hello/u);
    const one = await ops.call('GET', `/queues/api/queues/${ref.name}/more_1`);
    expect(one.status).toBe(200);
    expect(one.text).not.toContain('5550001111');
  });
});

it('lists only queues with something in them once there are many channels, and the one that is looked at', async () => {
  let nowMs = 1_800_000_000_000;
  const ops = await startTestOps({ channelsMax: 2, clock: { now: () => nowMs } });
  try {
    const [busy, idle, asked] = [await ops.addChannel(), await ops.addChannel(), await ops.addChannel()];
    const names = async (activeQueue?: string) =>
      (await listed(ops, activeQueue)).map(({ name }) => name).filter((name) => name.startsWith('send.'));
    expect(await names()).toEqual([]);

    await ops.accept(busy);
    nowMs += 3_001;
    expect(await names()).toEqual([sendQueue(busy).name]);
    expect((await names(sendQueue(asked).name)).toSorted()).toEqual(
      [sendQueue(busy).name, sendQueue(asked).name].toSorted(),
    );
    expect(await names()).not.toContain(sendQueue(idle).name);
  } finally {
    await ops.close();
  }
});

describe('Bull Board: what it may do', () => {
  let ops: TestOps;
  beforeAll(async () => {
    ops = await startTestOps();
  });
  afterAll(async () => await ops.close());

  const changing = appRoutes.api
    .filter(({ method }) => method !== 'get')
    .flatMap(({ method, route }) =>
      [method].flat().flatMap((one) => [route].flat().map((path) => [one.toUpperCase(), path])),
    );

  it('has routes that change something, so that the next test means something', () => {
    expect(changing.length).toBeGreaterThan(15);
  });

  it.each(changing)('refuses %s %s, on every queue, and changes nothing', async (method = '', route = '') => {
    const channel = await ops.addChannel();
    const messageId = await ops.accept(channel);
    const { letterId } = await ops.addDead(channel);
    const isReplay = /\/retry/u.test(route);
    const targets = [
      { name: sendQueue(channel).name, jobId: `${messageId}_1` },
      ...(isReplay ? [] : [{ name: deadQueue(ops.provider).name, jobId: letterId }]),
    ];
    for (const { name, jobId } of targets) {
      const path = route
        .replace(':queueName', name)
        .replace(':jobId', jobId)
        .replace(':queueStatus', 'failed')
        .replace(/:\w+/u, 'any');
      const { status, text } = await ops.call(method, `/queues${path}`);
      expect({ path, status }).toEqual({ path, status: 403 });
      expect(text).toContain('ERRORS.FORBIDDEN');
    }
    const send = ops.queues.open(sendQueue(channel));
    expect(await send.isPaused()).toBe(false);
    expect(await (await send.getJob(`${messageId}_1`))?.getState()).toBe('prioritized');
    expect(await ops.deadLetters.get(ops.provider, letterId)).not.toBeNull();
  });

  it('replays a dead letter with its Retry button', async () => {
    const channel = await ops.addChannel();
    const { messageId, letterId } = await ops.addDead(channel);
    const { status } = await ops.call('PUT', `/queues/api/queues/${deadQueue(ops.provider).name}/${letterId}/retry`);
    expect(status).toBe(204);
    expect(await ops.deadLetters.get(ops.provider, letterId)).toBeNull();
    expect(await ops.queues.open(sendQueue(channel)).getJob(`${messageId}_2`)).toBeDefined();
    const known = await ops.ledger.get(channel, messageId);
    expect(known?.message).toMatchObject({ status: 'accepted', generation: 2 });
    expect(JSON.stringify(known?.timeline)).toContain('ops:anna');
  });

  it('finishes a replay whose letter was left behind', async () => {
    const channel = await ops.addChannel();
    const { messageId, letterId } = await ops.addDead(channel);
    await ops.ledger.replay(channel, messageId, 1, 'ops:before');
    const path = `/queues/api/queues/${deadQueue(ops.provider).name}/${letterId}/retry`;
    expect((await ops.call('PUT', path)).status).toBe(204);
    expect(await ops.deadLetters.get(ops.provider, letterId)).toBeNull();
    expect((await ops.ledger.get(channel, messageId))?.message).toMatchObject({ generation: 2 });
    expect((await ops.call('PUT', path)).status).toBe(404);
  });

  it('says so when a letter cannot be replayed, and keeps it', async () => {
    const channel = await ops.addChannel();
    const messageId = await ops.accept(channel);
    await ops.deadLetters.add(channel, { messageId, generation: 1, code: 'rejected' });
    const letterId = `dead_${messageId}_1`;
    const { status, text } = await ops.call(
      'PUT',
      `/queues/api/queues/${deadQueue(ops.provider).name}/${letterId}/retry`,
    );
    expect(status).toBe(409);
    expect(text).toContain('not failed any more');
    expect(await ops.deadLetters.get(ops.provider, letterId)).not.toBeNull();
    await ops.deadLetters.remove(ops.provider, letterId);
  });

  it('replays all of a provider, in the order they were accepted, with Retry all', async () => {
    const { letters: others } = await ops.deps.letters.list({}, { limit: 1_000 });
    for (const { id } of others) await ops.deadLetters.remove(ops.provider, id);
    const channel = await ops.addChannel();
    const letters = [await ops.addDead(channel), await ops.addDead(channel)];
    const { status, text } = await ops.call('PUT', `/queues/api/queues/${deadQueue(ops.provider).name}/retry/failed`);
    expect({ status, body: JSON.parse(text) }).toEqual({ status: 200, body: { retried: letters.length, skipped: 0 } });
    expect((await ops.deps.letters.list({}, { limit: 10 })).letters).toEqual([]);
  });

  it('says with Retry all how many could not be replayed', async () => {
    const channel = await ops.addChannel();
    await ops.addDead(channel);
    const messageId = await ops.accept(channel);
    await ops.deadLetters.add(channel, { messageId, generation: 1, code: 'rejected' });
    const { status, text } = await ops.call('PUT', `/queues/api/queues/${deadQueue(ops.provider).name}/retry/failed`);
    expect(status).toBe(409);
    expect(text).toContain('1 replayed, 1 not');
  });
});

describe('the page of channels', () => {
  let ops: TestOps;
  beforeAll(async () => {
    ops = await startTestOps();
  });
  afterAll(async () => await ops.close());

  it('pauses and resumes a channel for its own reason only', async () => {
    const channel = await ops.addChannel('<b>Shop</b> & "more"');
    await ops.deps.pauses.pause(channel, 'credentials', 'worker');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const paused = await ops.call('POST', `/channels/${channel.id}/pause`, form);
    expect({ status: paused.status, to: paused.headers.get('location') }).toEqual({ status: 303, to: '/' });
    const { text } = await ops.call('GET', '/');
    expect(text).toContain(`/channels/${channel.id}/resume`);
    expect(text).toContain('operator: ops:anna');
    expect(text).toContain('&lt;b&gt;Shop&lt;/b&gt; &amp; &quot;more&quot;');
    expect(text).not.toContain('never-shown');

    await ops.call('POST', `/channels/${channel.id}/resume`, form);
    expect((await ops.deps.pauses.reasons(channel)).map(({ reason }) => reason)).toEqual(['credentials']);
    expect(await ops.queues.open(sendQueue(channel)).isPaused()).toBe(true);
    await ops.deps.pauses.resume(channel, 'credentials');
    expect(await ops.queues.open(sendQueue(channel)).isPaused()).toBe(false);
  });

  it('knows no other channel and no other action', async () => {
    const channel = await ops.addChannel();
    expect((await ops.call('POST', '/channels/none/pause')).status).toBe(404);
    expect((await ops.call('POST', `/channels/${channel.id}/obliterate`)).status).toBe(404);
  });
});
