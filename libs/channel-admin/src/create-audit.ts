import { createRedisScript, type RedisClient } from '@posthorn/runtime';
import { z } from 'zod';
import { newestOf } from './newest-of.ts';

const entrySchema = z.object({
  by: z.string(),
  action: z.string(),
  /** `*`: of no tenant, the operator's own. */
  tenantId: z.string(),
  channelId: z.string().nullable(),
  /** What it was done to, by its id, and what changed, by name; never a value. */
  changed: z.array(z.string()),
  result: z.string(),
});

/** What a person or a machine did: by whom, to what, and how it ended. */
export type AuditEntry = z.infer<typeof entrySchema>;

/** The id of an entry, as it comes back from outside: when it was written, and in whose trail. */
export const auditIdSchema = z
  .string()
  .regex(
    /^[1-9]\d{0,14}-\d{1,15}(?:@(?:\*|[A-Za-z0-9][A-Za-z0-9-]{0,63}))?$/u,
    'expected the id of an entry, as it was shown',
  );

/** An entry, and when it was written by the clock of the Redis where it lies. */
export type AuditRow = AuditEntry & { readonly id: string; readonly atMs: number };

/**
 * The record of changes: for each tenant a trail of its own, and one of the operator's, each bounded, the newest kept. A tenant's ends 400 days after
 * its last entry.
 */
export interface Audit {
  readonly record: (entry: AuditEntry) => Promise<void>;
  /** Newest first, of all trails or of one tenant's (`*`: the operator's). */
  readonly list: (query: {
    readonly channelId?: string | undefined;
    readonly tenantId?: string | undefined;
    /** Only what is older than the entry of this id (`auditIdSchema`). */
    readonly before?: string | undefined;
    readonly limit: number;
  }) => Promise<readonly AuditRow[]>;
}

/** Of a trail. An entry has some 200 bytes; one with many names is cut, so that no trail takes more than 55 MB. */
const bounds = { entries: 10_000, entryBytes: 4_096, wordCharacters: 200 } as const;
/** Longer than a year: so a tenant that comes back every year has its trail, and one that is gone leaves none behind. */
const idleSeconds = 400 * 86_400;
/** The clocks of shards differ: no trail outlives its name. */
const nameSeconds = idleSeconds + 86_400;

/** KEYS: 1 the names. ARGV: 1 whose trail, 2 how long a name is kept. */
const nameLua = `
local now = tonumber(redis.call('TIME')[1])
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))`;
/** KEYS: 1 the trail. ARGV: 1 entry, 2 how many are kept, 3 how long. */
const writeLua = `
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[2], '*', 'd', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])`;
/** Read at once over all trails; of one trail at most half, at least some. */
const readAtOnce = 2_000;
const readLeast = 20;

/** The audit on Redis. Times are Redis' own. Throws when Redis is away. */
export function createAudit({
  redis,
  prefix = 'posthorn',
}: {
  readonly redis: RedisClient;
  /** Of all keys; for tests, which share a Redis. */
  readonly prefix?: string;
}): Audit {
  const name = createRedisScript(redis, nameLua);
  const write = createRedisScript(redis, writeLua);
  /** Whose trails there are, by the time of their last entries. */
  const namesKey = `${prefix}:{audit}:trails`;
  const trailOf = (tenantId: string): Trail => ({
    name: tenantId,
    key: tenantId === '*' ? `${prefix}:{audit}:operator` : `${prefix}:{t:${tenantId}}:audit`,
  });
  /** Once all tenants shared one trail. It is read and not written any more. */
  const former: Trail = { name: '', key: `${prefix}:{audit}:log` };

  return {
    record: async (entry) => {
      const { tenantId } = entry;
      const { key } = trailOf(tenantId);
      if (tenantId === '*') {
        await redis.xadd(key, 'MAXLEN', bounds.entries, '*', 'd', toText(entry));
        return;
      }
      // The name first, so that no trail is there which is not found. It lies elsewhere on a cluster than the trail does.
      await name([namesKey], [tenantId, nameSeconds]);
      await write([key], [toText(entry), bounds.entries, idleSeconds]);
    },
    list: async ({ channelId, tenantId, before, limit }) => {
      const names = tenantId === undefined ? ['*', ...(await redis.zrange(namesKey, '0', '-1'))] : [tenantId];
      const trails = [former, ...names.map(trailOf)];
      const count = Math.max(readLeast, Math.min(readAtOnce / 2, Math.floor(readAtOnce / trails.length)));
      const isAsked = (row: AuditRow): boolean =>
        (channelId === undefined || row.channelId === channelId) &&
        (tenantId === undefined || row.tenantId === tenantId);
      return await newestOf(
        trails.map((trail) => rowsOf(redis, trail, { before, count, isAsked })),
        { limit, isNewer: (a, b) => compareIds(a.id, b.id) > 0 },
      );
    },
  };
}

interface Trail {
  readonly key: string;
  /** Whose it is, as ids of its entries say it; empty: nobody's. */
  readonly name: string;
}

/** What is asked for of a trail, newest first, read page by page as it is taken. */
async function* rowsOf(
  redis: RedisClient,
  { key, name }: Trail,
  {
    before,
    count,
    isAsked,
  }: {
    readonly before: string | undefined;
    readonly count: number;
    readonly isAsked: (row: AuditRow) => boolean;
  },
): AsyncGenerator<AuditRow, void> {
  let end = before === undefined ? '+' : endBefore(before, name);
  for (;;) {
    const page = await redis.xrevrange(key, end, '-', 'COUNT', count);
    for (const [place, [, text = '']] of page) {
      const entry = entrySchema.safeParse(parsed(text)).data;
      if (entry === undefined) continue;
      const id = name === '' ? place : `${place}@${name}`;
      const row = { ...entry, id, atMs: partsOf(id).ms };
      if (isAsked(row)) yield row;
    }
    const last = page.at(-1)?.[0];
    if (last === undefined || page.length < count) return;
    end = `(${last}`;
  }
}

/** Trails have clocks and numbers of their own: what they wrote at the same time goes by their names. */
function compareIds(a: string, b: string): number {
  const [one, other] = [partsOf(a), partsOf(b)];
  const difference = one.ms - other.ms || one.number - other.number;
  return difference === 0 ? (one.name < other.name ? 1 : -1) : difference;
}

function endBefore(before: string, name: string): string {
  const place = before.split('@', 1)[0] ?? '';
  return name > partsOf(before).name ? place : `(${place}`;
}

function partsOf(id: string): { readonly ms: number; readonly number: number; readonly name: string } {
  const [place = '', name = ''] = id.split('@');
  const [ms, number] = place.split('-');
  return { ms: Number(ms), number: Number(number), name };
}

function toText(entry: AuditEntry): string {
  const whole = JSON.stringify(entry);
  if (Buffer.byteLength(whole) <= bounds.entryBytes) return whole;
  const word = (text: string): string => text.slice(0, bounds.wordCharacters);
  const { changed } = entry;
  const cut = { ...entry, by: word(entry.by), action: word(entry.action), result: word(entry.result) };
  for (let kept = changed.length; ; kept -= 1) {
    const rest = changed.length - kept;
    const names = [...changed.slice(0, kept), ...(rest === 0 ? [] : [`and ${rest} more`])];
    const text = JSON.stringify({ ...cut, changed: names });
    if (kept === 0 || Buffer.byteLength(text) <= bounds.entryBytes) return text;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
