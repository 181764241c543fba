import { randomBytes } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis } from '@posthorn/runtime';
import { createSealer, keyIdOf, parseKeyRing, type SealedPlace } from '@posthorn/sealing';
import { createRotation, type RotationOptions } from './create-rotation.ts';

const key = (): string => randomBytes(32).toString('base64');
const [k1, k2, k3, lookup] = [key(), key(), key(), key()];
const oldRing = parseKeyRing(`k1:${k1}`, lookup);
const ring = parseKeyRing(`k2:${k2},k1:${k1}`, lookup);
const old = createSealer(oldRing);
const fresh = createSealer(ring);

// A database that only this project uses: a rotation walks all of it.
const base = process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const redis = connectRedis({ url: `${base.replace(/\/\d*$/u, '')}/6`, role: 'admin' });
beforeEach(async () => void (await redis.flushdb()));
afterAll(async () => await closeRedis(redis));

const places: readonly SealedPlace[] = [
  { name: 'values', key: /^posthorn:\{a\}:v:(?<id>\w+)$/u, spot: { kind: 'value' }, contextOf: ({ id }) => `v ${id}` },
  { name: 'fields', key: /^posthorn:\{a\}:all$/u, spot: { kind: 'fields' }, contextOf: (_key, field) => `f ${field}` },
  { name: 'one field', key: /^posthorn:\{a\}:h$/u, spot: { kind: 'field', field: 'x' }, contextOf: () => 'x' },
  { name: 'items', key: /^posthorn:\{a\}:log$/u, spot: { kind: 'items' }, contextOf: () => 'log' },
];
const rotate = async (options: Partial<RotationOptions> = {}, given = ring) => {
  const rotation = createRotation({ redis, ring: given, places });
  const report = await rotation.run({ dryRun: false, keysPerSecond: 1_000_000, ...options });
  const count = (name: string) => {
    const { resealed, current, unreadable, left } = report.places.find(({ place }) => place === name) ?? {};
    return { resealed, current, unreadable, left };
  };
  return { ...report, count };
};
const none = { resealed: 0, current: 0, unreadable: 0, left: 0 };

describe('a rotation', () => {
  it('seals anew what lies in values, fields and lists, and touches nothing else of them', async () => {
    await redis.set('posthorn:{a}:v:1', old.seal('one', 'v 1'), 'PX', 5_000_000);
    await redis.set('posthorn:{a}:v:2', fresh.seal('two', 'v 2'));
    await redis.set('posthorn:{a}:v:done', '');
    await redis.hset('posthorn:{a}:all', { p: old.seal('P', 'f p'), q: fresh.seal('Q', 'f q') });
    await redis.hset('posthorn:{a}:h', { x: old.seal('X', 'x'), clear: 'as it is' });
    await redis.pexpire('posthorn:{a}:h', 6_000_000);
    for (let at = 0; at < 120; at += 1) await redis.rpush('posthorn:{a}:log', old.seal(String(at), 'log'));
    await redis.set('posthorn:{a}:other', 'untouched');

    const { count, remainingById, keysLookedAt } = await rotate();
    expect(count('values')).toEqual({ ...none, resealed: 1, current: 1 });
    expect(count('fields')).toEqual({ ...none, resealed: 1, current: 1 });
    expect(count('one field')).toEqual({ ...none, resealed: 1 });
    expect(count('items')).toEqual({ ...none, resealed: 120 });
    expect([remainingById.size, keysLookedAt]).toEqual([0, 7]);

    const alone = createSealer(parseKeyRing(`k2:${k2}`, lookup));
    const opened = (blob: Buffer | null, context: string) => alone.open(blob ?? Buffer.alloc(0), context)?.toString();
    expect(opened(await redis.getBuffer('posthorn:{a}:v:1'), 'v 1')).toBe('one');
    expect(opened(await redis.hgetBuffer('posthorn:{a}:all', 'p'), 'f p')).toBe('P');
    expect(opened(await redis.hgetBuffer('posthorn:{a}:h', 'x'), 'x')).toBe('X');
    const items = await redis.lrangeBuffer('posthorn:{a}:log', 0, -1);
    expect(items.map((item) => opened(item, 'log'))).toEqual(Array.from({ length: 120 }, (_, at) => String(at)));
    expect(await redis.get('posthorn:{a}:v:done')).toBe('');
    expect(await redis.hget('posthorn:{a}:h', 'clear')).toBe('as it is');
    expect(await redis.get('posthorn:{a}:other')).toBe('untouched');
    expect(await redis.pttl('posthorn:{a}:v:1')).toBeGreaterThan(4_000_000);
    expect(await redis.pttl('posthorn:{a}:h')).toBeGreaterThan(4_000_000);

    const again = await rotate();
    expect(again.places.reduce((sum, { resealed }) => sum + resealed, 0)).toBe(0);
    expect(again.count('items')).toEqual({ ...none, current: 120 });
  });

  it('only counts in a dry run', async () => {
    const blob = old.seal('one', 'v 1');
    await redis.set('posthorn:{a}:v:1', blob);
    const { count, remainingById } = await rotate({ dryRun: true });
    expect(count('values')).toEqual({ ...none, resealed: 1 });
    expect([...remainingById]).toEqual([['k1', 1]]);
    expect(await redis.getBuffer('posthorn:{a}:v:1')).toEqual(blob);
  });

  it('tells what it cannot open and where it lies, by the key it was sealed with, and goes on', async () => {
    const lost = createSealer(parseKeyRing(`k3:${k3}`, lookup));
    for (let at = 0; at < 5; at += 1) await redis.set(`posthorn:{a}:v:${at}`, lost.seal('lost', `v ${at}`));
    await redis.set('posthorn:{a}:v:moved', old.seal('elsewhere', 'v other'));
    await redis.set('posthorn:{a}:v:clear', 'never sealed');
    await redis.set('posthorn:{a}:v:fine', old.seal('fine', 'v fine'));
    const { count, remainingById, places: told } = await rotate();
    expect(count('values')).toEqual({ ...none, resealed: 1, unreadable: 7 });
    expect(
      new Map([
        ['k3', 5],
        ['k1', 1],
        ['', 1],
      ]),
    ).toEqual(remainingById);
    expect(told[0]?.examples).toHaveLength(3);
  });

  it('leaves what is written meanwhile as it was written', async () => {
    const keys = Array.from({ length: 200 }, (_, at) => String(at));
    for (const id of keys) await redis.set(`posthorn:{a}:v:${id}`, old.seal('old', `v ${id}`));
    for (const id of keys) await redis.hset('posthorn:{a}:all', id, old.seal('old', `f ${id}`));
    // Two apps write all the time, one of them still seals with the old key; each value is newer than the one before.
    const last = new Map<string, string>();
    const stop = new AbortController();
    const writing = (async () => {
      for (let turn = 0; !stop.signal.aborted; turn += 1) {
        const id = keys[(turn * 7) % keys.length] ?? '';
        const sealer = turn % 2 === 0 ? old : fresh;
        await redis.set(`posthorn:{a}:v:${id}`, sealer.seal(`${turn}`, `v ${id}`));
        await redis.hset('posthorn:{a}:all', id, sealer.seal(`${turn}`, `f ${id}`));
        last.set(id, `${turn}`);
      }
      // The last words of the app with the old key.
      await redis.set('posthorn:{a}:v:0', old.seal('end', 'v 0'));
      last.set('0', 'end');
    })();
    for (let turn = 0; turn < 5; turn += 1) await rotate();
    stop.abort();
    await writing;
    const { remainingById } = await rotate();
    expect(remainingById.size).toBe(0);
    for (const id of keys) {
      const value = await redis.getBuffer(`posthorn:{a}:v:${id}`);
      expect(keyIdOf(value ?? Buffer.alloc(0))).toBe('k2');
      expect(fresh.open(value ?? Buffer.alloc(0), `v ${id}`)?.toString()).toBe(last.get(id) ?? 'old');
    }
  });

  it('goes on where one before it was ended', async () => {
    for (let at = 0; at < 600; at += 1) await redis.set(`posthorn:{a}:v:${at}`, old.seal('x', `v ${at}`));
    const ended = rotate({
      onProgress: () => {
        throw new Error('ended');
      },
    });
    await expect(ended).rejects.toThrow('ended');
    const { count } = await rotate();
    const { resealed = 0, current = 0 } = count('values');
    expect(resealed + current).toBe(600);
    expect(Math.min(resealed, current)).toBeGreaterThan(0);
  });

  it('looks at no more keys a second than it may', async () => {
    for (let at = 0; at < 600; at += 1) await redis.set(`posthorn:{a}:v:${at}`, old.seal('x', `v ${at}`));
    const startedAt = performance.now();
    await rotate({ keysPerSecond: 2_000 });
    // The last page is not waited for.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(100);
  });
});
