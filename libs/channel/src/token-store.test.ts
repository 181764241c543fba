import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChannelId } from '@posthorn/message';
import { channelIdSchema } from '@posthorn/message';
import { createSealer } from '@posthorn/sealing';
import { Redis } from 'ioredis';
import type { TokenStore } from './token-store.ts';
import { createTokenStore, tokenKey } from './token-store.ts';

let redis: Redis;
let store: TokenStore;
const used: ChannelId[] = [];
const sealer = createSealer({
  currentId: 'k1',
  keyById: new Map([['k1', randomBytes(32)]]),
  lookupKey: randomBytes(32),
});
const channelId = (): ChannelId => {
  const id = channelIdSchema.parse(`t-${randomBytes(6).toString('hex')}`);
  used.push(id);
  return id;
};
const nowMs = Date.parse('2026-11-21T12:00:00Z') + 10 * 365 * 86_400_000;
const token = (text: string) => ({
  token: text,
  credentials: 'c1',
  expiresAtMs: nowMs + 3_600_000,
  dueAtMs: nowMs + 2_800_000,
});

beforeAll(() => {
  const url = process.env['POSTHORN_TEST_REDIS_URL'];
  if (url === undefined) throw new Error('expected POSTHORN_TEST_REDIS_URL; run the tests with npm test');
  redis = new Redis(url);
  store = createTokenStore({ redis, sealer });
});
afterAll(async () => {
  await Promise.all(used.map(async (id) => await store.drop(id)));
  await redis.quit();
});

describe('the token store', () => {
  it('knows nothing of a channel that is new', async () => {
    const state = { token: null, version: 0, failures: 0, notBeforeMs: 0, refused: null };
    expect(await store.read(channelId())).toEqual(state);
  });

  it('gives back what it keeps, sealed, with its end in the clear', async () => {
    const id = channelId();
    expect(await store.store(id, 0, token('canary-token-1'))).toEqual({ kind: 'stored', version: 1 });
    expect(await store.read(id)).toMatchObject({ token: { version: 1, ...token('canary-token-1') }, version: 1 });
    const fields = await redis.hgetall(tokenKey(id));
    expect(JSON.stringify(fields)).not.toContain('canary-token-1');
    expect(fields['ea']).toBe(String(nowMs + 3_600_000));
    expect(await redis.pttl(tokenKey(id))).toBeGreaterThan(0);
  });

  it('replaces only the token that was meant: the slower of two renewals changes nothing', async () => {
    const id = channelId();
    await store.store(id, 0, token('first'));
    const answers = await Promise.all([store.store(id, 1, token('a')), store.store(id, 1, token('b'))]);
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['newer', 'stored']);
    expect(await store.read(id)).toMatchObject({ version: 2 });
    expect(await store.store(id, 0, token('late'))).toEqual({ kind: 'newer' });
  });

  it('does not open a token that was moved to another channel, and replaces it', async () => {
    const [from, to] = [channelId(), channelId()];
    await store.store(from, 0, token('mine'));
    await redis.copy(tokenKey(from), tokenKey(to));
    expect(await store.read(to)).toMatchObject({ token: null, version: 1 });
    expect(await store.store(to, 1, token('yours'))).toEqual({ kind: 'stored', version: 2 });
  });

  it('counts failures until a token is stored', async () => {
    const id = channelId();
    await store.fail(id, nowMs + 1, null);
    await store.fail(id, nowMs + 2, 'r7');
    expect(await store.read(id)).toMatchObject({ failures: 2, notBeforeMs: nowMs + 2, refused: 'r7' });
    await store.fail(id, nowMs + 3, null);
    expect(await store.read(id)).toMatchObject({ failures: 3, refused: null });
    await store.store(id, 0, token('works'));
    expect(await store.read(id)).toMatchObject({ failures: 0, notBeforeMs: 0, refused: null });
  });

  it('locks once, lets only the owner unlock, and ends the lock by itself', async () => {
    const id = channelId();
    expect(await store.lock(id, 'a', 60_000)).toBe(true);
    expect(await store.lock(id, 'b', 60_000)).toBe(false);
    await store.unlock(id, 'b');
    expect(await store.lock(id, 'b', 60_000)).toBe(false);
    await store.unlock(id, 'a');
    expect(await store.lock(id, 'b', 1)).toBe(true);
    while (!(await store.lock(id, 'c', 60_000)));
  });
});
