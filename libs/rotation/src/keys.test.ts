import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, createMemoryLog, systemClock } from '@posthorn/runtime';
import { parseKeyRing } from '@posthorn/sealing';
import { faultsOfKeys } from './faults-of-keys.ts';
import { createKeyRegister, ringsKnownMs } from './key-register.ts';
import { watchKeys } from './watch-keys.ts';

const key = (): string => randomBytes(32).toString('base64');
const [k1, k2, lookup] = [key(), key(), key()];
const base = process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';
// Not the one of rotation.test.ts, which is emptied beside this.
const redis = connectRedis({ url: `${base.replace(/\/\d*$/u, '')}/6`, role: 'admin' });
beforeEach(async () => void (await redis.flushdb()));
afterAll(async () => await closeRedis(redis));

const registerOf = (keys: string, lookupKey = lookup) =>
  createKeyRegister({ redis, ring: parseKeyRing(keys, lookupKey), clock: systemClock });
const hereOf = async (keys: string) =>
  Object.fromEntries((await registerOf(keys).read()).keys.map(({ id, here }) => [id, here]));

describe('the register of keys', () => {
  it('follows a rotation: added behind, made the first, forgotten', async () => {
    await registerOf(`k1:${k1}`).note();
    expect(await hereOf(`k1:${k1}`)).toEqual({ k1: 'first' });
    await registerOf(`k1:${k1},k2:${k2}`).note();
    expect(await hereOf(`k1:${k1},k2:${k2}`)).toEqual({ k1: 'first' });
    await registerOf(`k2:${k2},k1:${k1}`).note();
    expect(await hereOf(`k2:${k2},k1:${k1}`)).toEqual({ k1: 'behind', k2: 'first' });
    await registerOf(`k2:${k2},k1:${k1}`).forget(['k1']);
    expect(await hereOf(`k2:${k2}`)).toEqual({ k2: 'first' });
    expect(faultsOfKeys(await registerOf(`k2:${k2}`).read())).toEqual([]);
  });

  it('takes all keys of a fleet that has none yet to be in use: it may be an older one', async () => {
    await registerOf(`k2:${k2},k1:${k1}`).note();
    expect(await hereOf(`k2:${k2},k1:${k1}`)).toEqual({ k1: 'behind', k2: 'first' });
  });

  it('knows the rings of apps that run, and forgets those of apps that run no more', async () => {
    let nowMs = 1_800_000_000_000;
    const at = (keys: string) =>
      createKeyRegister({ redis, ring: parseKeyRing(keys, lookup), clock: { now: () => nowMs } });
    await at(`k1:${k1}`).note();
    nowMs += ringsKnownMs - 1;
    await at(`k2:${k2},k1:${k1}`).note();
    expect((await at(`k1:${k1}`).read()).rings).toEqual([['k1'], ['k2', 'k1']]);
    nowMs += 2;
    expect((await at(`k1:${k1}`).read()).rings).toEqual([['k2', 'k1']]);
  });

  it('tells of a key that is missing, of another under its id, and of another look-up key; shows none', async () => {
    await registerOf(`k1:${k1}`).note();
    const [missing] = faultsOfKeys(await registerOf(`k2:${k2}`).read());
    expect(missing?.says).toContain('"k1" is in use, but not in POSTHORN_SEALING_KEYS');
    expect(missing?.remedy).toContain('put it back');
    const [another] = faultsOfKeys(await registerOf(`k1:${k2}`).read());
    expect(another?.says).toContain('"k1" in POSTHORN_SEALING_KEYS is another one');
    const [lookUp, ...more] = faultsOfKeys(await registerOf(`k1:${k1}`, k2).read());
    expect([lookUp?.says, more]).toEqual([expect.stringContaining('POSTHORN_LOOKUP_KEY is another one'), []]);
    for (const secret of [k1, k2, lookup]) expect(JSON.stringify([missing, another, lookUp])).not.toContain(secret);
  });

  it('is not overwritten by a wrong key under a known id, and does not take it to be in use', async () => {
    await registerOf(`k1:${k1}`).note();
    const before = await redis.hgetallBuffer('posthorn:{keys}:proofs');
    await registerOf(`k1:${k2}`).note();
    expect(await redis.hgetallBuffer('posthorn:{keys}:proofs')).toEqual(before);
    expect(await hereOf(`k1:${k1}`)).toEqual({ k1: 'first' });
  });
});

describe('an app', () => {
  it('notes its key, and says in its log what its ring lacks', async () => {
    await registerOf(`k1:${k1}`).note();
    const memory = createMemoryLog();
    const watch = watchKeys({ redis, ring: parseKeyRing(`k2:${k2}`, lookup), log: memory.log });
    while (memory.lines().length === 0) await delay(5);
    await watch.close();
    expect(JSON.stringify(memory.lines())).toContain('is in use, but not in POSTHORN_SEALING_KEYS');
    expect(await hereOf(`k2:${k2}`)).toEqual({ k1: 'missing', k2: 'first' });
  });
});
