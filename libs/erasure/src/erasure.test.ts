import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { channelInputSchema, createChannelRegistry, type ChannelRegistry } from '@posthorn/channel';
import { createAudit } from '@posthorn/channel-admin';
import { createLedger, type Ledger } from '@posthorn/ledger';
import { createDiskStore, createMedia, createMediaRecords } from '@posthorn/media';
import {
  externalIdSchema,
  providerIdSchema,
  recipientSchema,
  tenantIdSchema,
  toInboundId,
  toMessageId,
  type MessageId,
} from '@posthorn/message';
import {
  createDeadLetters,
  createFileErrands,
  createQueues,
  createRawCalls,
  createWebhookInbox,
  sendJobScript,
  webhookQueue,
} from '@posthorn/queue';
import { closeRedis, connectRedis, createSilentLog, systemClock } from '@posthorn/runtime';
import { createSealer } from '@posthorn/sealing';
import { createDeliveryLog, createSubscriptionRegistry } from '@posthorn/subscription';
import { ulid } from 'ulid';
import { createErasures } from './create-erasures.ts';
import { createErasureExecutor } from './create-executor.ts';
import { createErasureStore } from './erasure-store.ts';
import { createSpoolFollower } from './follow-spool.ts';

const url = new URL(process.env['POSTHORN_TEST_REDIS_URL'] ?? '');
// A database of its own: an erasure looks through all of it.
url.pathname = '/14';
const redis = connectRedis({ url: url.href, role: 'admin' });
const sealer = createSealer({
  currentId: 'k1',
  keyById: new Map([['k1', randomBytes(32)]]),
  lookupKey: randomBytes(32),
});
const folder = mkdtempSync(join(tmpdir(), 'posthorn-erasure-'));
const log = createSilentLog();
const queues = createQueues(redis);
const subscriptions = await createSubscriptionRegistry({ redis, sealer, log, followMs: 0 });
const store = createErasureStore({ redis, sealer });
const inbox = createWebhookInbox({ redis, sealer });
const ledger = createLedger({
  redis,
  sealer,
  ...sendJobScript(),
});
const provider = providerIdSchema.parse('whatsapp-cloud');
const tenantId = tenantIdSchema.parse('ours');
const [anna, ben] = [recipientSchema.parse('+15551110001'), recipientSchema.parse('+15552220002')];
const channelInput = channelInputSchema.parse({ id: 'ours-1', tenantId, provider, settings: {} });
const channel = { id: channelInput.id, provider };
const audit = createAudit({ redis });
const erasures = createErasures({ store, audit, newUlid: () => ulid() });

const executorOf = (changes: Partial<Ledger> = {}) =>
  createErasureExecutor({
    redis,
    store,
    ledger: { ...ledger, ...changes },
    deadLetters: createDeadLetters({ queues, clock: systemClock }),
    inbox,
    rawCalls: createRawCalls({ redis, inbox }),
    errands: createFileErrands({ redis, queues, sealer }),
    media: createMedia({
      blobs: createDiskStore(folder),
      records: createMediaRecords({ redis, sealer, bytesMax: 1024 }),
      clock: systemClock,
      newUlid: () => ulid(),
      retentionMs: 60_000,
    }),
    subscriptions,
    deliveries: createDeliveryLog({ redis, sealer }),
    providers: [provider],
    registry,
    audit,
    log,
    holder: ulid(),
  });
let registry: ChannelRegistry;
const { signal } = new AbortController();

async function accept(to: typeof anna): Promise<MessageId> {
  const id = toMessageId(channel.id, ulid());
  const sealed = { to, content: { type: 'text', body: 'hello' } } as const;
  const times = { sendAt: null, expiresAt: null, traceparent: null };
  await ledger.accept(channel, { id, tenantId, lane: 'normal', ordered: true, sealed, ...times });
  return id;
}
async function receive(from: string, userId?: string) {
  const id = toInboundId(channel.id, ulid());
  const at = new Date(await store.now()).toISOString();
  const message = { externalId: externalIdSchema.parse(id), from, sentAt: at, receivedAt: at };
  const content = { type: 'text', text: 'hello' };
  await ledger.receive(channel, id, { ...message, content, ...(userId !== undefined && { userId }) });
  return id;
}
const begin = async (dryRun = false) => await erasures.begin({ tenantId, address: anna, dryRun, by: 'test' });
const shown = async (id: string) => {
  const found = await erasures.get(tenantId, id);
  if (found === null) throw new Error('expected an erasure');
  return { ended: found.endedAt !== null, waitsFor: found.waitsFor, counts: found.counts };
};
/** Lets no time pass between two looks. */
const due = async (id: string) => {
  const { counts: _counts, ...found } = (await store.read(id)) ?? (await begin());
  await store.save({ ...found, nextAt: 0 });
};
const contentOf = async (id: MessageId) => (await ledger.get(channel, id))?.message.sealed ?? null;

beforeEach(async () => {
  await redis.flushdb();
  registry = await createChannelRegistry({ redis, sealer, log, followMs: 0 });
  await registry.put(channelInput);
  await ledger.setState(channel, 'open');
});
afterAll(async () => {
  await queues.close();
  await redis.flushdb();
  await closeRedis(redis);
  rmSync(folder, { recursive: true, force: true });
});

describe('an erasure', () => {
  it('goes on where one that died left it, done by another process, and forgets whom it was about', async () => {
    const [theirs, others, wrote] = [await accept(anna), await accept(ben), await receive(anna)];
    await ledger.note(channel, 'channel.news', 'once', { about: anna });
    const { id } = await begin();
    const dies = executorOf({ eraseEventData: async () => await Promise.reject(new Error('killed')) });
    await expect(dies(signal)).rejects.toThrow('killed');
    expect(await shown(id)).toMatchObject({ ended: false, counts: { messages: 1, receivedMessages: 1 } });
    expect(await redis.exists('posthorn:{erasures}:lock')).toBe(0);

    await executorOf()(signal);
    expect(await shown(id)).toMatchObject({
      ended: true,
      counts: { messages: 1, cancelledMessages: 1, receivedMessages: 1, eventData: 1 },
    });
    expect([await contentOf(theirs), (await contentOf(others))?.to]).toEqual([null, ben]);
    expect(await ledger.getInbound(channel, wrote)).toBeNull();
    expect(await store.addresses(id)).toBeNull();
    expect(await redis.keys('posthorn:{erasures}:*')).toHaveLength(2);
    const told = (await audit.list({ tenantId, limit: 10 })).map(({ action, by, changed, result }) => [
      action,
      by,
      changed,
      result,
    ]);
    expect(told).toEqual([
      [
        'recipient.erased',
        'test',
        [id],
        'done: messages 1, cancelledMessages 1, receivedMessages 1, eventData 1, marks 1',
      ],
      ['recipient.erase', 'test', [id], 'begun'],
    ]);

    // Again, it is another one, and finds nothing.
    const again = await begin();
    expect(again.id).not.toBe(id);
    await executorOf()(signal);
    expect(Object.values((await shown(again.id)).counts).every((count) => count === 0)).toBe(true);
  });

  it('waits for a message under way, and for a call that names the person and was not applied yet', async () => {
    const theirs = await accept(anna);
    const activation = { channel, messageId: theirs, generation: 1 };
    const claim = await ledger.claim(activation, null);
    if (claim.kind !== 'go') throw new Error(`expected go, came ${claim.kind}`);
    for (const from of [anna, ben]) {
      const call = { url: '/', body: Buffer.from(JSON.stringify({ from: from.slice(1) })), headers: {}, query: {} };
      await inbox.store({ provider, channelId: channel.id, call, receivedAtMs: await store.now() });
    }
    const { id } = await begin();
    const look = executorOf();
    await look(signal);
    expect(await shown(id)).toMatchObject({ ended: false, waitsFor: { messages: 1, webhookCalls: 1 } });
    expect((await begin()).id).toBe(id);

    await ledger.record(
      activation,
      claim.token,
      { kind: 'done', externalId: externalIdSchema.parse('x') },
      { attempt: 1, durationMs: 1 },
    );
    await due(id);
    await look(signal);
    expect(await shown(id)).toMatchObject({ ended: false, waitsFor: { messages: 0, webhookCalls: 1 } });

    // A worker applies it.
    await queues.open(webhookQueue(provider)).obliterate({ force: true });
    await due(id);
    await look(signal);
    expect(await shown(id)).toMatchObject({ ended: true, counts: { messages: 1, cancelledMessages: 0 } });
    expect(await contentOf(theirs)).toBeNull();
  });

  it('waits for each spool that is there, until what it held from before has been replayed', async () => {
    let holds = true;
    const asked: boolean[] = [];
    const follow = createSpoolFollower({
      store,
      log,
      spool: {
        id: 'spool-1',
        holdsFrom: () => holds,
        clear: async (tenant, names) => {
          asked.push(tenant === tenantId, names(anna), names(ben));
          return await Promise.resolve(2);
        },
      },
    });
    await follow();
    const { id } = await begin();
    await follow();
    await executorOf()(signal);
    expect(await shown(id)).toMatchObject({ ended: false, waitsFor: { spools: 1 } });
    holds = false;
    await follow();
    await follow();
    await due(id);
    await executorOf()(signal);
    expect(await shown(id)).toMatchObject({ ended: true, counts: { spooledCalls: 2 } });
    expect(asked).toEqual([true, true, false]);
  });

  it('follows all names of a person, and looks into channels that were removed', async () => {
    const [byBoth, byId] = [await receive(anna, 'US.4711'), await receive('US.4711')];
    const toId = await accept(recipientSchema.parse('US.4711'));
    const removed = { id: channel.id, provider, tenantId, goneAtMs: await store.now() };
    await registry.remove(channel.id);
    await redis.hset('posthorn:{channels}:removed', channel.id, JSON.stringify(removed));
    const { id } = await begin();
    await executorOf()(signal);
    expect(await shown(id)).toMatchObject({ ended: true, counts: { messages: 1, receivedMessages: 2 } });
    for (const each of [byBoth, byId]) expect(await ledger.getInbound(channel, each)).toBeNull();
    expect(await contentOf(toId)).toBeNull();
  });

  it('only counts in a dry run', async () => {
    const [theirs, wrote] = [await accept(anna), await receive(anna)];
    const { id } = await begin(true);
    await executorOf()(signal);
    expect(await shown(id)).toMatchObject({
      ended: true,
      counts: { messages: 1, receivedMessages: 1, cancelledMessages: 0 },
    });
    expect((await contentOf(theirs))?.to).toBe(anna);
    expect(await ledger.getInbound(channel, wrote)).not.toBeNull();
    expect(await redis.keys('*:er:*')).toEqual([]);
  });
});
