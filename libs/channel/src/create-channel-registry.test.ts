import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { channelIdSchema } from '@posthorn/message';
import { createMemoryLog, createSilentLog } from '@posthorn/runtime';
import { createSealer } from '@posthorn/sealing';
import { Redis } from 'ioredis';
import type { Channel, ChannelRegistry } from './channel.ts';
import { channelInputSchema, createChannelRegistry } from './create-channel-registry.ts';

const lookupKey = randomBytes(32);
const keyOne = randomBytes(32);
const sealer = (id: string, key: Uint8Array) =>
  createSealer({ currentId: id, keyById: new Map([[id, key]]), lookupKey });

let redis: Redis;
let open: ChannelRegistry[];
let added: string[];

beforeEach(() => {
  // A database of its own: the registry is one for a whole installation.
  redis = new Redis(process.env['POSTHORN_TEST_REDIS_URL'] ?? '', { db: 15 });
  open = [];
  added = [];
});
afterEach(async () => {
  await Promise.all(open.map(async (registry) => await registry.close()));
  await redis.flushdb();
  await redis.quit();
});

async function openRegistry(
  more: { followMs?: number; key?: Uint8Array; log?: ReturnType<typeof createMemoryLog>['log'] } = {},
): Promise<ChannelRegistry> {
  const created = await createChannelRegistry({
    redis,
    sealer: sealer('k1', more.key ?? keyOne),
    log: more.log ?? createSilentLog(),
    followMs: more.followMs ?? 0,
  });
  open.push(created);
  return created;
}

const input = (id: string, settings: unknown = { accessToken: 'a-secret-token' }) => {
  added.push(id);
  return channelInputSchema.parse({ id, provider: 'whatsapp-cloud', settings });
};

describe('the channel registry', () => {
  it('keeps a channel with its defaults, and nothing of it in the clear', async () => {
    const one = await openRegistry();
    const channel = await one.put(input('loft'));
    expect(channel).toMatchObject({ tenantId: 'default', labels: {}, heldGraceMs: 900_000, pacePerSecond: null });
    expect(one.get(channel.id)).toEqual(channel);
    const dump = (await redis.dumpBuffer('posthorn:{channels}:all')).toString('latin1');
    expect(dump).not.toContain('a-secret-token');
  });

  it('is followed by other processes, changes and removals included', async () => {
    const [writer, reader] = [await openRegistry(), await openRegistry({ followMs: 10 })];
    const seen: string[][] = [];
    const changed = (count: number) =>
      new Promise<void>((resolve) => {
        const stop = reader.onChange((channels) => {
          if (channels.length === count) {
            seen.push(channels.map(({ id }) => id));
            queueMicrotask(() => stop());
            resolve();
          }
        });
      });
    const appears = changed(1);
    await writer.put(input('loft'));
    await appears;
    const disappears = changed(0);
    await writer.remove(channelIdSchema.parse('loft'));
    await disappears;
    expect(seen).toEqual([['loft'], []]);
  });

  it('gives the same object until a channel changes, so that what was made of it can be kept', async () => {
    const [writer, reader] = [await openRegistry(), await openRegistry()];
    await writer.put(input('loft'));
    await writer.put(input('tower'));
    await reader.refresh();
    const before = new Map(reader.list().map((channel): [string, Channel] => [channel.id, channel]));
    await writer.put(input('tower', { accessToken: 'another' }));
    await reader.refresh();
    expect(reader.get(channelIdSchema.parse('loft'))).toBe(before.get('loft'));
    expect(reader.get(channelIdSchema.parse('tower'))).not.toBe(before.get('tower'));
  });

  it('leaves out what it cannot open, says so, and goes on with the others', async () => {
    const memory = createMemoryLog();
    const stranger = await openRegistry({ key: randomBytes(32) });
    await stranger.put(input('loft'));
    const one = await openRegistry({ log: memory.log });
    await one.put(input('tower'));
    expect(one.list().map(({ id }) => id)).toEqual(['tower']);
    expect(JSON.stringify(memory.lines())).toContain('POSTHORN_SEALING_KEYS');
  });
});
