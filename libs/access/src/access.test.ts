import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis } from '@posthorn/runtime';
import { createAccess } from './access.ts';
import { bearerOf } from './bearer.ts';
import { mayAct, roleSchema } from './role.ts';
import { createTenantWords } from './tenant-words.ts';

const redis = connectRedis({ url: process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379', role: 'admin' });
afterAll(() => closeRedis(redis));

function setUp() {
  let nowMs = 1_764_000_000_000;
  const access = createAccess({ redis, clock: { now: () => nowMs } });
  return { access, pass: (ms: number) => void (nowMs += ms) };
}

const forShop = { tenantId: 'shop', role: 'producer', name: 'web shop' } as const;

describe('API keys', () => {
  it('lets in whoever has the key, as the tenant and role it was made for', async () => {
    const { access } = setUp();
    const { key, id } = await access.createKey(forShop);
    expect(key).toMatch(/^phk_[\w-]{43}$/u);
    expect(await access.authenticate(key)).toEqual({ tenantId: 'shop', role: 'producer', keyId: id });
  });

  it.each(['', 'phk_', 'phk_short', `phk_${'A'.repeat(43)}`, `phk_${'A'.repeat(44)}`, 'Bearer phk_x'])(
    'lets nobody in with %j',
    async (key) => {
      expect(await setUp().access.authenticate(key)).toBeNull();
    },
  );

  it('stores nothing that a key could be read from', async () => {
    const { access } = setUp();
    const { key } = await access.createKey(forShop);
    expect(JSON.stringify(await redis.hgetall('posthorn:{access}:keys'))).not.toContain(key.slice(4));
  });

  it('forgets a revoked key at once here, and within 5 s elsewhere', async () => {
    const here = setUp();
    const elsewhere = setUp();
    const { key, id } = await here.access.createKey(forShop);
    await here.access.authenticate(key);
    await elsewhere.access.authenticate(key);
    expect(await here.access.revoke(id)).toBe(true);
    expect(await here.access.authenticate(key)).toBeNull();
    elsewhere.pass(4_999);
    expect(await elsewhere.access.authenticate(key)).not.toBeNull();
    elsewhere.pass(2);
    expect(await elsewhere.access.authenticate(key)).toBeNull();
    expect(await here.access.revoke(id)).toBe(false);
  });

  it('knows a new key at once, also one that was tried before it existed anywhere', async () => {
    const { access } = setUp();
    expect(await access.authenticate(`phk_${'B'.repeat(43)}`)).toBeNull();
    const { key } = await access.createKey(forShop);
    expect(await access.authenticate(key)).not.toBeNull();
  });

  it('lists keys by name, never the keys', async () => {
    const { access } = setUp();
    const { key, id } = await access.createKey(forShop);
    const listed = await access.list();
    expect(listed).toContainEqual({
      keyId: id,
      tenantId: 'shop',
      role: 'producer',
      name: 'web shop',
      createdAt: 1_764_000_000_000,
      lastUsedAt: null,
    });
    expect(JSON.stringify(listed)).not.toContain(key.slice(4));
  });
});

describe('the last use of a key', () => {
  it('is noted, at most once a minute, and gone with the key', async () => {
    const { access, pass } = setUp();
    const { key, id } = await access.createKey(forShop);
    const lastUsedAt = async () => (await access.list()).find(({ keyId }) => keyId === id)?.lastUsedAt;
    await access.authenticate(key);
    const first = await lastUsedAt();
    expect(first).toBe(1_764_000_000_000);
    pass(59_999);
    await access.authenticate(key);
    expect(await lastUsedAt()).toBe(first);
    pass(1);
    await access.authenticate(key);
    expect(await lastUsedAt()).toBe(1_764_000_060_000);
    await access.revoke(id);
    expect(await redis.hget('posthorn:{access}:used', id)).toBeNull();
  });
});

describe('roles', () => {
  it.each([
    ['producer', ['producer']],
    ['subscriber-admin', ['subscriber-admin']],
    ['ops', ['producer', 'subscriber-admin', 'ops']],
    ['admin', ['producer', 'subscriber-admin', 'ops', 'admin']],
  ] as const)('%s may do what %j may', (role, expected) => {
    expect(roleSchema.options.filter((needed) => mayAct(role, needed))).toEqual(expected);
  });

  it('takes any of several', () => {
    expect(mayAct('producer', ['subscriber-admin', 'producer'])).toBe(true);
    expect(mayAct('producer', ['subscriber-admin', 'ops'])).toBe(false);
  });
});

describe('the Authorization header', () => {
  it.each([
    ['Bearer phk_abc', 'phk_abc'],
    ['bearer  phk_abc ', 'phk_abc'],
    ['Basic phk_abc', null],
    ['Bearer', null],
    ['Bearer a b', null],
    [undefined, null],
  ])('%j carries %j', (header, key) => {
    expect(bearerOf(header)).toBe(key);
  });
});

describe('words by which recipients of a tenant opt out', () => {
  it('are known at once here, within 5 s elsewhere, and can be taken back', async () => {
    const tenantId = `tenant-${randomUUID()}`;
    let nowMs = 1_764_000_000_000;
    const [here, elsewhere] = [0, 1].map(() => createTenantWords({ redis, clock: { now: () => nowMs } }));
    const words = { languages: ['es'], stop: ['no más'] } as const;
    expect([await here?.of(tenantId), await elsewhere?.of(tenantId)]).toEqual([null, null]);
    await here?.set(tenantId, { languages: ['es'], stop: ['no más'] });
    nowMs += 5_000;
    expect([await here?.of(tenantId), await elsewhere?.of(tenantId)]).toEqual([words, null]);
    nowMs += 1;
    expect(await elsewhere?.of(tenantId)).toEqual(words);
    await elsewhere?.set(tenantId, null);
    expect(await elsewhere?.of(tenantId)).toBeNull();
  });
});
