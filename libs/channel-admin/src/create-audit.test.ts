import { randomBytes } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { auditIdSchema, createAudit, type Audit, type AuditEntry, type AuditRow } from './create-audit.ts';

const redis = new Redis(process.env['POSTHORN_TEST_REDIS_URL'] ?? '', { db: 11, maxRetriesPerRequest: null });
let prefix: string;
let audit: Audit;

beforeEach(() => {
  prefix = `posthorn:audit-${randomBytes(6).toString('hex')}`;
  audit = createAudit({ redis, prefix });
});
afterAll(async () => {
  await redis.flushdb();
  await redis.quit();
});

const entry = (tenantId: string, action: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  by: 'test:ada',
  action,
  tenantId,
  channelId: null,
  changed: [],
  result: 'done',
  ...more,
});
/** As if it had been written then. */
async function place(key: string, rows: readonly (readonly [id: string, what: AuditEntry])[]): Promise<void> {
  const all = redis.pipeline();
  for (const [id, what] of rows) all.xadd(`${prefix}:${key}`, id, 'd', JSON.stringify(what));
  await all.exec();
}
const actionsOf = (rows: readonly AuditEntry[]): readonly string[] => rows.map(({ action }) => action);

describe('the audit', () => {
  it('keeps the newest 10,000 of each tenant, so that a noisy one pushes out nobody else', async () => {
    await audit.record(entry('quiet', 'key.create'));
    await audit.record(entry('*', 'sign in'));
    await place(
      '{t:noisy}:audit',
      Array.from({ length: 10_000 }, (_, at) => [`${at + 1}-0`, entry('noisy', `${at}`)]),
    );
    for (let at = 10_000; at < 10_010; at += 1) await audit.record(entry('noisy', `${at}`));
    const noisy = await audit.list({ tenantId: 'noisy', limit: 20_000 });
    expect([noisy.length, noisy[0]?.action, noisy.at(-1)?.action]).toEqual([10_000, '10009', '10']);
    expect(actionsOf(await audit.list({ tenantId: 'quiet', limit: 10 }))).toEqual(['key.create']);
    expect(actionsOf(await audit.list({ tenantId: '*', limit: 10 }))).toEqual(['sign in']);
    expect(
      actionsOf(await audit.list({ limit: 14 }))
        .toSorted()
        .slice(-2),
    ).toEqual(['key.create', 'sign in']);
  });

  it('shows all trails as one, newest first, page by page, also what came in the same moment', async () => {
    // So that the trails are known.
    for (const tenantId of ['a', 'b']) await audit.record(entry(tenantId, 'tenant.set'));
    await redis.del(`${prefix}:{t:a}:audit`, `${prefix}:{t:b}:audit`);
    for (const [key, tenantId, ids] of [
      ['{audit}:log', 'a', ['1000-0', '3000-0', '5000-1']],
      ['{audit}:operator', '*', ['3000-0', '3000-1', '5000-1']],
      ['{t:a}:audit', 'a', ['2000-0', '3000-0', '3000-10', '9000-0']],
      ['{t:b}:audit', 'b', ['3000-0', '3000-2', '5000-1', '10000-0']],
    ] as const)
      await place(
        key,
        ids.map((id) => [id, entry(tenantId, `${id} ${key}`, { channelId: `of-${tenantId}` })]),
      );

    const all = await audit.list({ limit: 100 });
    expect(all.map(({ id }) => id)).toEqual([
      '10000-0@b',
      '9000-0@a',
      '5000-1',
      '5000-1@*',
      '5000-1@b',
      '3000-10@a',
      '3000-2@b',
      '3000-1@*',
      '3000-0',
      '3000-0@*',
      '3000-0@a',
      '3000-0@b',
      '2000-0@a',
      '1000-0',
    ]);
    expect(all.every(({ id, atMs }) => auditIdSchema.safeParse(id).success && id.startsWith(`${atMs}-`))).toBe(true);
    for (const query of [{}, { tenantId: 'a' }, { tenantId: '*' }, { channelId: 'of-b' }, { channelId: 'of-nobody' }])
      for (const limit of [1, 2, 3, 7]) {
        const whole = await audit.list({ ...query, limit: 100 });
        const shown: AuditRow[] = [];
        for (let isLast = false; !isLast;) {
          const page = await audit.list({ ...query, before: shown.at(-1)?.id, limit });
          shown.push(...page);
          isLast = page.length < limit;
        }
        expect({ query, limit, shown }).toEqual({ query, limit, shown: whole });
      }
    // What was written while all shared one trail counts to whom it was of.
    expect(actionsOf(await audit.list({ tenantId: 'a', limit: 100 })).filter((each) => each.includes('log'))).toEqual(
      ['5000-1', '3000-0', '1000-0'].map((id) => `${id} {audit}:log`),
    );
    expect(await audit.list({ channelId: 'of-b', tenantId: 'a', limit: 100 })).toEqual([]);
  });

  it('goes on past a page of what was not asked for', async () => {
    const rows = Array.from({ length: 1_100 }, (_, at) => entry('a', 'x', { channelId: at < 2 ? 'rare' : null }));
    await place(
      '{t:a}:audit',
      rows.map((row, at) => [`${at + 1}-0`, row]),
    );
    expect((await audit.list({ tenantId: 'a', channelId: 'rare', limit: 5 })).map(({ id }) => id)).toEqual([
      '2-0@a',
      '1-0@a',
    ]);
  });

  it('ends the trail of a tenant 400 days after its last entry, and then does not look for it any more', async () => {
    const [trail, names] = [`${prefix}:{t:gone}:audit`, `${prefix}:{audit}:trails`];
    const days = async () => (await redis.ttl(trail)) / 86_400;
    await audit.record(entry('gone', 'key.create'));
    expect(await days()).toBeGreaterThan(399);
    await redis.expire(trail, 60);
    await audit.record(entry('gone', 'key.revoke'));
    expect(await days()).toBeGreaterThan(399);

    // As 401 days later; the operator's own stays.
    const [now] = await redis.time();
    await redis.zadd(names, Number(now) - 402 * 86_400, 'gone', Number(now) - 399 * 86_400, 'quiet');
    await redis.del(trail);
    await audit.record(entry('*', 'sign in'));
    await audit.record(entry('other', 'key.create'));
    expect(await redis.zrange(names, '0', '-1')).toEqual(['quiet', 'other']);
    expect(await redis.ttl(`${prefix}:{audit}:operator`)).toBe(-1);
  });

  it('cuts an entry that is too long, and says so', async () => {
    const changed = Array.from({ length: 500 }, (_, at) => `settings.${at}.äöü`);
    await audit.record(entry('a', 'channel.change', { changed, result: 'why '.repeat(2_000) }));
    const [row] = await audit.list({ tenantId: 'a', limit: 1 });
    expect(row).toMatchObject({ by: 'test:ada', action: 'channel.change', result: 'why '.repeat(50) });
    expect(row?.changed[0]).toBe('settings.0.äöü');
    expect(row?.changed.at(-1)).toBe(`and ${500 - (row?.changed.length ?? 0) + 1} more`);
    const [[, [, text = '']] = ['', []]] = await redis.xrange(`${prefix}:{t:a}:audit`, '-', '+');
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096);
    expect(Buffer.byteLength(text)).toBeGreaterThan(4_000);
  });

  it.each(['', '0-0', 'x', '5-0@', '5-0@a b', '5-0@a@b', '5', '9999999999999999-0'])(
    'is not asked to go on from %j',
    (id) => {
      expect(auditIdSchema.safeParse(id).success).toBe(false);
    },
  );
});
